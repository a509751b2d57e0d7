#!/bin/sh
# sh jobs/check_in_emulator.sh [CLAIM ...]: claims of tests/ (built, in build/tests) on a processor that this machine is not: Bochs 3 and a
# kernel, both of Debian 13, with nothing but the claims and their libraries.  CPU=sapphire_rapids (AVX-512 and AMX) is the default;
# corei7_skylake_x has AVX-512 alone.  As root, on Debian 12, with a network: about 10 minutes.  What is checked is numbers, never speed.  Its files
# are in build/emulator; the machine's serial line is build/emulator/serial.txt.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
work=$root/build/emulator
cpu=${CPU:-sapphire_rapids}
[ $# -gt 0 ] || set -- noise_is_the_same_on_every_machine kernels_agree_on_every_machine network_counts_its_products
[ "$(id -u)" = 0 ] || { echo "check_in_emulator.sh: run as root (debootstrap and chroot)" >&2 && exit 1; }
for claim in "$@"; do [ -x "build/tests/$claim" ] || { echo "check_in_emulator.sh: no build/tests/$claim: build it first" >&2 && exit 1; }; done
apt-get install -y --no-install-recommends debootstrap busybox-static cpio isolinux syslinux-common xorriso bsdutils >/dev/null
mkdir -p "$work"
cd "$work"

# The emulator and a kernel, in a Debian 13 of their own.
if [ ! -e debian/root/kernel ]; then
  [ -x debian/bin/sh ] || debootstrap --variant=minbase trixie debian http://deb.debian.org/debian >debootstrap.txt 2>&1
  chroot debian sh -eu >>debootstrap.txt 2>&1 <<'END'
apt-get install -y --no-install-recommends bochs bochs-term bochsbios vgabios gcc make linux-headers-cloud-amd64
cd /root
version=$(basename /lib/modules/*-cloud-amd64)
apt-get download "linux-image-$version"
dpkg-deb -x "linux-image-$version"_*.deb unpacked
cp "unpacked/boot/vmlinuz-$version" kernel
END
fi

# Bochs has no XFD, without which Linux gives nobody AMX's tiles: it is told that there are none, a module switches them on, and what asks
# for them is told that they are granted.
if [ ! -e tiles.ko ]; then
  cat >debian/root/tiles.c <<END
#include <linux/module.h>
static int __init start(void)
{
  u32 a, d;

  asm volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
  asm volatile("xsetbv" : : "a"(a | 3u << 17), "d"(d), "c"(0));
  return 0;
}
module_init(start);
MODULE_LICENSE("GPL");
END
  cat >granted.c <<END
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/syscall.h>
long syscall(long n, long a, long b, long c, long d, long e, long f)
{
  long (*other)(long, long, long, long, long, long, long) = (long (*)(long, long, long, long, long, long, long))dlsym(RTLD_NEXT, "syscall");

  return n == SYS_arch_prctl && a == 0x1023 ? 0 : other(n, a, b, c, d, e, f);
}
END
  gcc -shared -fPIC -o granted.so granted.c
  echo "obj-m := tiles.o" >debian/root/Makefile
  chroot debian sh -c 'make -C /lib/modules/*-cloud-amd64/build M=/root modules' >module.txt 2>&1
  cp debian/root/tiles.ko tiles.ko
fi

# A file system in memory: the claims, their libraries, Open MPI's plugins, and a first process that runs them.
rm -rf files image && mkdir -p files/bin files/proc files/sys files/dev files/tmp files/etc files/claims image/isolinux
libraries() { for f in $(ldd "$1" | grep -o '/[^ ]*'); do mkdir -p "files$(dirname "$f")" && cp -nL "$f" "files$f"; done; }
plugins=$(ompi_info --parsable --path pkglibdir | cut -d: -f3)
mkdir -p "files$plugins" && cp -L "$plugins"/mca_* "files$plugins"
for f in "$plugins"/mca_*.so; do libraries "$f"; done
for claim in "$@"; do cp "$root/build/tests/$claim" files/claims && libraries "files/claims/$claim"; done
mkdir -p files/usr/share && cp -r /usr/share/openmpi files/usr/share
for f in /usr/lib/*/pmix2; do mkdir -p "files$f" && cp -rL "$f"/. "files$f" && for g in "$f"/lib/pmix/*.so; do libraries "$g"; done; done
echo "root:x:0:0:root:/:/bin/sh" >files/etc/passwd
cp tiles.ko granted.so files
cp /bin/busybox files/bin && for f in sh mount mkdir hostname ifconfig insmod grep sleep poweroff; do ln -s busybox "files/bin/$f"; done
cat >files/init <<END
#!/bin/sh
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mkdir -p /dev/shm; mount -t tmpfs tmp /dev/shm
exec >/dev/ttyS0 2>&1
hostname emulated; ifconfig lo up
case $cpu in sapphire*) insmod /tiles.ko && export LD_PRELOAD=/granted.so ;; esac
grep -m 1 flags /proc/cpuinfo
export OMPI_MCA_ess_singleton_isolated=1 OMPI_MCA_btl=self OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
export HOME=/tmp TMPDIR=/tmp OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell
for claim in $*; do /claims/\$claim && echo "holds: \$claim" || echo "fails: \$claim"; done
echo "the end"; sleep 60
poweroff -f
END
chmod +x files/init
(cd files && find . | cpio -o -H newc --quiet | gzip -1) >image/files.gz

# A disc that starts the kernel, and the machine.
cp debian/root/kernel image/vmlinuz
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 image/isolinux
cat >image/isolinux/isolinux.cfg <<END
default claims
label claims
 kernel /vmlinuz
 append initrd=/files.gz console=ttyS0 tsc=reliable no_timer_check nokaslr mitigations=off noapic lpj=4000000 random.trust_cpu=on no5lvl nopku noxsaves clearcpuid=600
END
xorriso -as mkisofs -quiet -o debian/root/disc.iso -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table image
cat >debian/root/bochsrc <<END
plugin_ctrl: unmapped=true, biosdev=true, serial=true
display_library: term
memory: guest=1536, host=1536
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model=$cpu, count=1, ips=80000000
clock: sync=none
ata0-master: type=cdrom, path=/root/disc.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=/root/serial.txt
log: /root/bochs.txt
panic: action=report
error: action=ignore
info: action=ignore
END
echo c >debian/root/continue
rm -f debian/root/serial.txt
for f in dev proc; do mountpoint -q "debian/$f" || mount --bind "/$f" "debian/$f"; done
mountpoint -q debian/dev/pts || mount --bind /dev/pts debian/dev/pts
TERM=xterm timeout "${LIMIT:-3600}" script -qfc "chroot '$work/debian' sh -c 'cd /root && bochs -q -f bochsrc -rc continue'" screen.txt >/dev/null 2>&1 </dev/null &
while kill -0 $! 2>/dev/null && ! grep -qs "the end" debian/root/serial.txt; do sleep 5; done
pkill -f "bochs -q -f bochsrc" || true
umount -l debian/dev/pts debian/dev debian/proc
cp debian/root/serial.txt serial.txt
tr -d '\r' <serial.txt | grep -E "^(holds|fails|generic|avx|amx|.*not so)" || true
tr -d '\r' <serial.txt | grep -c "^holds" | grep -qx $# # nothing is silent
