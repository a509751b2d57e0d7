"""bits.py KARHUNEN TRIALS SEED FOLDER: what bits.sh says."""
import os, random, shutil, signal, subprocess, sys, time

program, trials, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
os.chdir(folder + "/work")
random.seed(seed)


def run(*words):
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=60)


def must(*words):
    done = run(*words)
    if done.returncode not in (0, 3):
        sys.exit("%s: %s" % (words, done.stderr))


law = "-generator_type gaussian -grid_n 16,16 -data_cov_alpha 4 -quiet".split()
tiny = "-fno_width 4 -fno_depth 1 -fno_modes 4 -fno_hidden 4 -train_batch 2 -train_steps 5 -quiet".split()
must("generate", *law, "-samples", "6", "-out", "fields.h5")
must("train", "-data", "fields.h5", *tiny, "-out", "model.h5")
must("train", "-data", "fields.h5", *tiny, "-train_stop_after", "3", "-out", "other.h5")
files = ["fields.h5", "model.h5", "other.h5.state"]

found = 0
for trial in range(trials):
    name = files[trial % len(files)]
    whole = open(name, "rb").read()
    at, bit = random.randrange(len(whole)), random.randrange(8)
    damaged = bytearray(whole)
    damaged[at] ^= 1 << bit
    open("damaged.h5", "wb").write(damaged)
    done = run("verify", "damaged.h5")
    if done.returncode == 1 and done.stderr.count("karhunen: error:") == 1:
        found += 1
    else:
        print("trial %d: bit %d of byte %d of %s: status %d %s" % (trial, bit, at, name, done.returncode, done.stderr))
print("bits: %d of %d turned bits found" % (found, trials))

# A part: killed when all but the last samples are there, then a bit of its numbers or sums is turned.
flow = "-generator_type navierstokes -grid_n 16,16 -ns_force_band 4 -ns_refine 1 -ns_time 1 -samples 300 -quiet".split()
must("generate", *flow, "-out", "alone.h5")
alone = subprocess.run(["h5dump", "-A", "0", "alone.h5"], capture_output=True).stdout.split(b"\n", 1)[1]
same, parts = 0, max(2, trials // 50)
for trial in range(parts):
    for name in os.listdir("."):
        if name.startswith("x.h5"):
            os.remove(name)
    running = subprocess.Popen([program, "generate", *flow, "-out", "x.h5"], stdout=subprocess.DEVNULL)
    while not os.path.exists("x.h5.part") and running.poll() is None:
        time.sleep(0.01)
    time.sleep(0.15)
    running.send_signal(signal.SIGKILL)
    running.wait()
    if os.path.exists("x.h5.part"):
        part = bytearray(open("x.h5.part", "rb").read())
        for _ in range(20):
            part[random.randrange(len(part))] ^= 1 << random.randrange(8)
        open("x.h5.part", "wb").write(part)
    done = run("generate", *flow, "-out", "x.h5", "-resume")
    if done.returncode == 1 and "is of another run" in done.stderr:
        same += 1
        continue
    now = subprocess.run(["h5dump", "-A", "0", "x.h5"], capture_output=True).stdout.split(b"\n", 1)[-1]
    if done.returncode == 0 and now == alone:
        same += 1
    else:
        print("part %d: status %d, %s; %s" % (trial, done.returncode, "the same" if now == alone else "other numbers", done.stderr or done.stdout))
print("parts: %d of %d damaged parts end in the same bits, or are refused" % (same, parts))
sys.exit(found != trials or same != parts)
