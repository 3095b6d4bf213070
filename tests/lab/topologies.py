"""Small networks of namespaces, one builder for each way in which servers are reached.

Each has a monitor and three servers, web1 to web3, with ADDRESSES addresses each and a listener on
port 80 for all of them. No namespace has a route out. A builder also says which sides a fault takes.
"""

import contextlib
import ctypes
import dataclasses
import fcntl
import ipaddress
import os
import pathlib
import select
import socket
import struct
import subprocess
import tempfile
import threading

from harness import Running, require
from wire import inside

SERVERS = ("web1", "web2", "web3")
ADDRESSES = 6
SOURCE = "203.0.113.9"
FLEET4, FLEET6 = "198.18.0.0/15", "2001:db8:100::/40"

_NETNS = pathlib.Path("/run/netns")
_TUNSETIFF, _TUNSETLINK, _TUNSETCARRIER = 0x400454CA, 0x400454CD, 0x400454E2
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
ARPHRD_PPP, ARPHRD_IPGRE, ARPHRD_NONE = 512, 778, 0xFFFE


@dataclasses.dataclass(frozen=True)
class Side:
    """An end of a link: the namespace, the device, and what a message calls it at the near end."""

    space: str
    device: str
    name: str


class Tunnel:
    """Two tun devices, and a thread that carries packets between them until it is stopped."""

    def __init__(self, net, near, far, device, link_type):
        self.passes = True
        self._ends = []
        for space in (near, far):
            with inside(net, space):
                end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
                self._ends.append(end)
                fcntl.ioctl(end, _TUNSETIFF,
                            struct.pack("16sH22x", device.encode(), _IFF_TUN | _IFF_NO_PI))
                fcntl.ioctl(end, _TUNSETLINK, link_type)
        self._wake, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def cut(self):
        """The near device loses its carrier."""
        fcntl.ioctl(self._ends[0], _TUNSETCARRIER, struct.pack("i", 0))

    def close(self):
        os.write(self._stop, b"x")
        self._thread.join()
        for descriptor in (*self._ends, self._wake, self._stop):
            os.close(descriptor)

    def _carry(self):
        near, far = self._ends
        while True:
            readable = select.select([near, far, self._wake], [], [])[0]
            if self._wake in readable:
                return
            for source, target in ((near, far), (far, near)):
                # A device that is down refuses what it is given, like a wire that loses it.
                with contextlib.suppress(OSError):
                    while source in readable:
                        packet = os.read(source, 4096)
                        if self.passes:
                            os.write(target, packet)


class Network:
    """A network that is up inside a `with`, under a name that no other process uses."""

    _made = 0
    _lock = threading.Lock()

    def __init__(self, build):
        with Network._lock:
            Network._made += 1
            made = Network._made
        prefix = os.environ.get("ROLLCALL_LAB_PREFIX", "test")
        self.name = f"{prefix}-net-{os.getpid()}-{made}"
        self._build = build
        self._stack = contextlib.ExitStack()
        self._spaces = []
        self.tunnel = None
        # What a builder says.
        self.owners = {}  # server -> the namespace that has its addresses
        self.networks = {}  # server -> the network of its addresses
        self.addresses = {}  # server -> those of the inventory
        self.gateways = ()  # the sides of what leads to web2, facing the monitor
        self.link = None  # the far side of the monitor's link to web2
        self.source = None  # the source address that has to be chosen

    def __enter__(self):
        with self._stack:
            self._stack.callback(self._remove)
            self.folder = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            self._build(self)
            self.fleet = self.folder / "fleet.csv"
            self.fleet.write_text("address,ports,group\n" + "".join(
                f"{address},80,{server}\n" for server in self.addresses
                for address in self.addresses[server]))
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _remove(self):
        for space in self._spaces:
            subprocess.run(["ip", "netns", "del", f"{self.name}.{space}"], check=False,
                           stderr=subprocess.DEVNULL, timeout=60)

    @property
    def options(self):
        return ("--source", self.source) if self.source else ()

    def call(self, space, *command, input=None):
        return subprocess.run(["ip", "netns", "exec", f"{self.name}.{space}", *map(str, command)],
                              input=input or "", text=True, capture_output=True, timeout=60,
                              check=False)

    def run(self, space, *command, input=None):
        done = self.call(space, *command, input=input)
        require(done.returncode == 0, f"{command} in {space} failed: {done.stderr[:2000]}")
        return done.stdout

    def start(self, *command):
        return Running(["ip", "netns", "exec", f"{self.name}.monitor", *command])

    def ip(self, space, *lines):
        self._batch(["-n", f"{self.name}.{space}"], lines)

    def nft(self, space, rules):
        self.run(space, "nft", "-f", "-", input=rules)

    # What builders use.

    def wire(self, one, other):
        """wire("monitor eth0 192.0.2.2/30", "gateway inner 192.0.2.1/30"): a veth pair, both up."""
        ends = [one.split(), other.split()]
        for space, *_ in ends:
            self.space(space)
        (near, device, *_), (far, peer, *_) = ends
        self._batch([], [f"link add {device} netns {self.name}.{near} type veth "
                         f"peer name {peer} netns {self.name}.{far}"])
        for space, device, *addresses in ends:
            self.ip(space, f"link set {device} up",
                    *(f"addr add {address} dev {device}" for address in addresses))

    def switch(self, *ends):
        """The ends, as of wire(), on one Ethernet."""
        self.space("switch")
        self.ip("switch", "link add br0 type bridge", "link set br0 up")
        for index, end in enumerate(ends):
            self.wire(end, f"switch p{index}")
            self.ip("switch", f"link set p{index} master br0")

    def space(self, space):
        if space in self._spaces:
            return
        self._spaces.append(space)
        self._batch([], [f"netns add {self.name}.{space}"])
        self.ip(space, "link set lo up")
        self.run(space, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0",
                 *(f"net.ipv4.conf.{which}.{name}=0" for which in ("all", "default")
                   for name in ("rp_filter", "send_redirects")))

    def forwards(self, *spaces):
        for space in spaces:
            self.run(space, "sysctl", "-qw", "net.ipv4.ip_forward=1",
                     "net.ipv6.conf.all.forwarding=1")

    def serves(self, space, *servers, family=4):
        """The kernel of the namespace answers for all addresses of these servers."""
        for server in servers:
            number = server[-1]
            network = f"198.18.{number}.0/24" if family == 4 else f"2001:db8:10{number}::/64"
            self.owners[server] = space
            self.networks[server] = network
            self.addresses[server] = [str(ipaddress.ip_network(network)[host])
                                      for host in range(1, ADDRESSES + 1)]
            self.ip(space, f"route add local {network} dev lo")
        self.listens(space, 80)

    def listens(self, space, port):
        """The kernel completes connections also where nobody accepts them."""
        with inside(self, space):
            listener = socket.create_server(("::", port), family=socket.AF_INET6, backlog=4096,
                                            dualstack_ipv6=True)
        self._stack.enter_context(listener)

    def tun(self, near, far, device, link_type):
        self.space(near)
        self.space(far)
        self.tunnel = Tunnel(self, near, far, device, link_type)
        self._stack.callback(self.tunnel.close)

    @staticmethod
    def _batch(options, lines):
        done = subprocess.run(["ip", *options, "-batch", "-"], input="\n".join(lines), text=True,
                              capture_output=True, timeout=60, check=False)
        require(done.returncode == 0, f"ip {options} failed: {lines}: {done.stderr[:2000]}")


# The builders. The servers' namespace is far, where they share one.

def routed(net):
    net.wire("monitor eth0 192.0.2.2/30", "gateway inner 192.0.2.1/30")
    behind_gateway(net)
    net.ip("monitor", "route add default via 192.0.2.1")
    net.gateways = (Side("gateway", "inner", "192.0.2.1 on eth0"),)
    net.link = Side("gateway", "inner", "eth0")


def behind_gateway(net):
    net.wire("gateway outer 10.0.1.1/30", "far eth0 10.0.1.2/30")
    net.forwards("gateway")
    net.ip("gateway", f"route add {FLEET4} via 10.0.1.2")
    net.ip("far", "route add default via 10.0.1.1")
    net.serves("far", *SERVERS)


def on_link(net):
    net.switch("monitor eth0 198.18.0.1/16", *(f"{server} eth0 198.18.9.{server[-1]}/16"
                                               for server in SERVERS))
    for server in SERVERS:
        net.serves(server, server)
    net.gateways = tuple(Side(server, "eth0", "eth0") for server in SERVERS)
    net.link = Side("switch", "p0", "eth0")


def host_routes(net):
    net.switch("monitor eth0 192.0.2.1/32", *(f"{server} eth0" for server in SERVERS))
    for server in SERVERS:
        net.ip(server, "route add 192.0.2.1/32 dev eth0")
        net.serves(server, server)
        net.ip("monitor", *(f"route add {address}/32 dev eth0" for address in net.addresses[server]))
    net.gateways = tuple(Side(server, "eth0", "eth0") for server in SERVERS)
    net.link = Side("switch", "p0", "eth0")


def two_gateways(net):
    for number, servers in ((1, ("web1",)), (2, ("web2", "web3"))):
        gateway = f"gateway{number}"
        net.wire(f"monitor eth{number} 192.0.2.{4 * number + 1}/30",
                 f"{gateway} inner 192.0.2.{4 * number + 2}/30")
        net.wire(f"{gateway} outer 10.0.{number}.1/30", f"far{number} eth0 10.0.{number}.2/30")
        net.forwards(gateway)
        net.ip(f"far{number}", f"route add default via 10.0.{number}.1")
        for server in servers:
            prefix = f"198.18.{server[-1]}.0/24"
            net.ip("monitor", f"route add {prefix} via 192.0.2.{4 * number + 2}")
            net.ip(gateway, f"route add {prefix} via 10.0.{number}.2")
        net.serves(f"far{number}", *servers)
    net.gateways = (Side("gateway2", "inner", "192.0.2.10 on eth2"),)
    net.link = Side("gateway2", "inner", "eth2")


def two_uplinks(net):
    """Two gateways that both lead to far; the monitor's source address is on lo."""
    for number in (1, 2):
        gateway = f"gateway{number}"
        net.wire(f"monitor eth{number} 192.0.2.{4 * number + 1}/30",
                 f"{gateway} inner 192.0.2.{4 * number + 2}/30")
        net.wire(f"{gateway} outer 10.0.{number}.1/30", f"far eth{number} 10.0.{number}.2/30")
        net.forwards(gateway)
        net.ip(gateway, f"route add {FLEET4} via 10.0.{number}.2",
               f"route add {SOURCE}/32 via 192.0.2.{4 * number + 1}")
    net.ip("monitor", f"addr add {SOURCE}/32 dev lo")
    net.serves("far", *SERVERS)


def ecmp(net):
    two_uplinks(net)
    net.ip("monitor", f"route add {FLEET4} src {SOURCE} nexthop via 192.0.2.6 nexthop via 192.0.2.10")
    net.ip("far", f"route add {SOURCE}/32 nexthop via 10.0.1.1 nexthop via 10.0.2.1")
    net.gateways = (Side("gateway2", "inner", "192.0.2.10 on eth2"),)
    net.link = Side("gateway2", "inner", "eth2")


def interface_a_server(net):
    for server in SERVERS:
        number = int(server[-1])
        net.wire(f"monitor eth{number} 192.0.2.{4 * number + 1}/30",
                 f"{server} eth0 192.0.2.{4 * number + 2}/30")
        net.ip(server, f"route add default via 192.0.2.{4 * number + 1}")
        net.serves(server, server)
        net.ip("monitor", f"route add 198.18.{number}.0/24 via 192.0.2.{4 * number + 2}")
    net.gateways = (Side("web2", "eth0", "192.0.2.10 on eth2"),)
    net.link = Side("web2", "eth0", "eth2")


def rule_by_source(net):
    two_uplinks(net)
    net.ip("gateway1", f"route replace blackhole {FLEET4}")
    net.ip("monitor", "route add default via 192.0.2.6", "route add default via 192.0.2.10 table 102",
           f"rule add from {SOURCE} lookup 102")
    net.ip("far", "route add default via 10.0.2.1")
    net.source = SOURCE
    net.gateways = (Side("gateway2", "inner", "192.0.2.10 on eth2"),)
    net.link = Side("gateway2", "inner", "eth2")


def rule_by_port(net):
    two_uplinks(net)
    net.ip("gateway1", f"route replace blackhole {FLEET4}")
    net.ip("monitor", f"route add default via 192.0.2.6 src {SOURCE}",
           f"route add default via 192.0.2.10 src {SOURCE} table 102",
           "rule add ipproto tcp dport 80 lookup 102")
    net.ip("far", "route add default via 10.0.2.1")
    net.gateways = (Side("gateway2", "inner", "192.0.2.10 on eth2"),)
    net.link = Side("gateway2", "inner", "eth2")


def link_local_gateway(net):
    net.wire("monitor eth0 2001:db8:a::2/64", "gateway inner 2001:db8:a::1/64")
    net.wire("gateway outer 2001:db8:b::1/64", "far eth0 2001:db8:b::2/64")
    net.forwards("gateway")
    net.ip("gateway", "addr add fe80::99/64 dev inner nodad",
           f"route add {FLEET6} via 2001:db8:b::2")
    net.ip("monitor", "route add default via fe80::99 dev eth0")
    net.ip("far", "route add default via 2001:db8:b::1")
    net.serves("far", *SERVERS, family=6)
    net.gateways = (Side("gateway", "inner", "fe80::99 on eth0"),)
    net.link = Side("gateway", "inner", "eth0")


def ipv6_next_hop(net):
    net.wire("monitor eth0 192.0.2.2/32", "gateway inner")
    behind_gateway(net)
    net.ip("gateway", "addr add fe80::99/64 dev inner nodad", "route add 192.0.2.2/32 dev inner")
    net.ip("monitor", f"route add {FLEET4} via inet6 fe80::99 dev eth0")
    net.gateways = (Side("gateway", "inner", "fe80::99 on eth0"),)
    net.link = Side("gateway", "inner", "eth0")


def tun_of(link_type):
    def build(net):
        net.tun("monitor", "far", "link9", link_type)
        net.ip("monitor", "link set link9 up", "addr add 10.9.0.1/32 dev link9",
               f"route add {FLEET4} dev link9")
        net.ip("far", "link set link9 up", "addr add 10.9.0.2/32 dev link9",
               "route add 10.9.0.1/32 dev link9")
        net.serves("far", *SERVERS)
        net.link = Side("far", "link9", "link9")
        net.gateways = (net.link,)
    return build


def direct_return(net):
    """A balancer hands requests to the servers, which answer the monitor directly."""
    net.switch("monitor eth0 192.0.2.1/24", "balancer eth0 192.0.2.2/24", "far eth0 192.0.2.3/24")
    net.forwards("balancer")
    net.ip("monitor", f"route add {FLEET4} via 192.0.2.2")
    net.ip("balancer", f"route add {FLEET4} via 192.0.2.3")
    net.serves("far", *SERVERS)
    net.gateways = (Side("balancer", "eth0", "192.0.2.2 on eth0"),)
    net.link = Side("switch", "p0", "eth0")


def source_on_lo(net):
    net.wire("monitor eth0 192.0.2.2/30", "gateway inner 192.0.2.1/30")
    behind_gateway(net)
    net.ip("monitor", f"addr add {SOURCE}/32 dev lo", f"route add {FLEET4} via 192.0.2.1 src {SOURCE}")
    net.ip("gateway", f"route add {SOURCE}/32 via 192.0.2.2")
    net.gateways = (Side("gateway", "inner", "192.0.2.1 on eth0"),)
    net.link = Side("gateway", "inner", "eth0")


def asymmetric_return(net):
    """Questions leave by eth1, answers arrive by eth2."""
    two_uplinks(net)
    net.ip("monitor", f"route add {FLEET4} via 192.0.2.6 src {SOURCE}")
    net.ip("far", f"route add {SOURCE}/32 via 10.0.2.1")
    net.gateways = (Side("gateway1", "inner", "192.0.2.6 on eth1"),)
    net.link = Side("gateway1", "inner", "eth1")


# The faults.

def nothing(net):
    pass


def dead_address(net):
    net.ip(net.owners["web2"], f"route add blackhole {net.addresses['web2'][2]} table local")


def dead_server(net):
    network = net.networks["web2"]
    net.ip(net.owners["web2"], f"route del local {network} dev lo table local",
           f"route add blackhole {network} table local")


def dead_gateway(net):
    """It keeps its carrier, and passes nothing: neither ARP nor neighbour discovery nor forwarded."""
    if net.tunnel:
        net.tunnel.passes = False
        return
    for side in net.gateways:
        net.nft(side.space, f"""
table netdev dead {{
  chain inward {{ type filter hook ingress device {side.device} priority 0; policy drop; }}
  chain outward {{ type filter hook egress device {side.device} priority 0; policy drop; }}
}}""")


def link_down(net):
    if net.tunnel:
        net.tunnel.cut()
        return
    net.ip(net.link.space, f"link set {net.link.device} down")


def loss(net):
    for owner in set(net.owners.values()):
        net.nft(owner, """
table inet loss {
  chain inward {
    type filter hook prerouting priority -300;
    tcp dport 80 numgen random mod 20 == 0 drop
  }
}""")


def ration(net):
    family = "ip6" if ":" in net.networks["web2"] else "ip"
    net.nft(net.owners["web2"], f"""
table inet ration {{
  chain inward {{
    type filter hook prerouting priority -300;
    {family} daddr {net.networks["web2"]} tcp flags & (syn | ack) == syn limit rate over 2/second burst 2 packets drop
  }}
}}""")
