#!/usr/bin/env python3
"""python3 jobs/scaling/platforms.py FOLDER [--here BANDWIDTH LATENCY]: descriptions of networks for SimGrid, and files of their hosts.

fattree    256 nodes of 16 cores, two levels of switches of 16 + 16 ports, full bisection, as HDR InfiniBand has it: 200 Gb/s a link,
           130 ns a switch (data sheet of NVIDIA's QM8700)
dragonfly  256 nodes of 16 cores, 8 groups of 4 x 4 switches of 2 nodes, as Slingshot has it: 200 Gb/s a link, 350 ns a switch (De Sensi
           and others, SC 2020)
here       one machine of as many cores as ranks, whose messages pass through memory: --here gives bytes a second and seconds
Both networks: 0.5 us of a core for a message that is sent and as much for one that is received (simulate.sh), 10 GB/s between
two ranks of a node.  Links share their bandwidth between the messages that cross them at a time (max-min fairness), and nothing
else delays them: no noise of an operating system, no other jobs, no routes that adapt.
"""
import argparse

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder")
parser.add_argument("--here", nargs=2, type=float, metavar=("BANDWIDTH", "LATENCY"), default=(8e9, 5e-7))
a = parser.parse_args()

head = "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n<platform version=\"4.1\">\n"
cluster = ('  <zone id="all" routing="Full">\n    <cluster id="{0}" prefix="n" suffix="" radical="0-255" speed="1Gf" core="16" bw="25GBps" lat="{1}" '
           'loopback_bw="10GBps" loopback_lat="300ns" topology="{2}" topo_parameters="{3}"/>\n  </zone>\n</platform>\n')
platforms = {
    "fattree": cluster.format("fattree", "130ns", "FAT_TREE", "2;16,16;1,16;1,1"),
    "dragonfly": cluster.format("dragonfly", "350ns", "DRAGONFLY", "8,2;4,2;4,2;2"),
    "here": ('  <zone id="all" routing="Full">\n    <host id="n0" speed="1Gf" core="64"/>\n    <link id="memory" bandwidth="{0:g}Bps" latency="{1:g}s" '
             'sharing_policy="FATPIPE"/>\n    <route src="n0" dst="n0"><link_ctn id="memory"/></route>\n  </zone>\n</platform>\n').format(*a.here),
}
for name, text in platforms.items():
    with open(f"{a.folder}/{name}.xml", "w") as file:
        file.write(head + text)
    nodes = 1 if name == "here" else 256
    with open(f"{a.folder}/{name}.hosts", "w") as file:
        file.writelines(f"n{i}:{64 if nodes == 1 else 16}\n" for i in range(nodes))
