"""Hand-made packets inside a lab's namespaces: make, send, watch, answer. IPv4 and TCP only."""

import contextlib
import ctypes
import dataclasses
import heapq
import select
import socket
import struct
import threading
import time

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
SYN_ACK, RST_ACK = SYN | ACK, RST | ACK
NAMES = {SYN: "SYN", SYN_ACK: "SYN-ACK", RST: "RST", RST_ACK: "RST", ACK: "ACK", FIN | ACK: "FIN"}

_CLONE_NEWNET = 0x40000000
_ETH_P_ALL = 3
_ETH_P_IP = 0x0800
_SO_RCVBUFFORCE = 33  # asm-generic/socket.h; Python does not name it
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(lab, space):
    """Sockets made in here belong to that namespace for good; the thread comes back out."""
    def enter(descriptor):
        if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {lab.name}.{space}")

    with open("/proc/thread-self/ns/net", "rb") as home, \
            open(f"/run/netns/{lab.name}.{space}", "rb") as there:
        enter(there.fileno())
        try:
            yield
        finally:
            enter(home.fileno())


@dataclasses.dataclass(frozen=True)
class Segment:
    """A TCP segment, from `source` to `peer`."""

    source: str
    source_port: int
    peer: str
    peer_port: int
    flags: int
    seq: int = 0
    ack: int = 0

    def reply(self, flags, seq=0, ack=None):
        ack = self.seq + 1 if ack is None else ack
        return Segment(self.peer, self.peer_port, self.source, self.source_port, flags,
                       seq % 2**32, ack % 2**32)

    def packet(self):
        tcp = struct.pack("!HHIIBBHHH", self.source_port, self.peer_port, self.seq % 2**32,
                          self.ack % 2**32, 5 << 4, self.flags, 65535, 0, 0)
        pseudo = _ip_bytes(self.source) + _ip_bytes(self.peer) + struct.pack("!HH", 6, len(tcp))
        tcp = tcp[:16] + struct.pack("!H", _checksum(pseudo + tcp)) + tcp[18:]
        return _ip_header(self.source, self.peer, socket.IPPROTO_TCP, len(tcp)) + tcp

    @property
    def name(self):
        return NAMES.get(self.flags, hex(self.flags))


def host_unreachable(reporter, quoted):
    """The ICMP message of a router about a segment: it quotes the header and 8 bytes."""
    body = struct.pack("!BBHI", 3, 1, 0, 0) + quoted.packet()[:28]
    body = body[:2] + struct.pack("!H", _checksum(body)) + body[4:]
    return _ip_header(reporter, quoted.source, socket.IPPROTO_ICMP, len(body)) + body


def parse(packet):
    """The TCP segment in an IPv4 packet, else None."""
    if len(packet) < 40 or packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_TCP:
        return None
    header = (packet[0] & 15) * 4
    if len(packet) < header + 20:
        return None
    source_port, peer_port, seq, ack, _, flags = struct.unpack_from("!HHIIBB", packet, header)
    return Segment(socket.inet_ntoa(packet[12:16]), source_port, socket.inet_ntoa(packet[16:20]),
                   peer_port, flags & 0x17, seq, ack)


def _ip_bytes(address):
    return socket.inet_aton(address)


def _ip_header(source, peer, protocol, payload_bytes):
    # The kernel fills in length, identification and checksum (raw(7)).
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + payload_bytes, 0, 0, 64, protocol, 0,
                       _ip_bytes(source), _ip_bytes(peer))


def _checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


class Raw:
    """Sends whole IPv4 packets from a namespace, whatever source they claim."""

    def __init__(self, lab, space):
        with inside(lab, space):
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def send(self, packet):
        self._socket.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))

    def close(self):
        self._socket.close()


class Tap:
    """Every IPv4 packet that an interface sends or receives, in order."""

    def __init__(self, lab, space, interface="eth0"):
        with inside(lab, space):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                         socket.htons(_ETH_P_ALL))
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
            self._socket.bind((interface, _ETH_P_ALL))

    def segments(self, seconds=0.0):
        """What has come so far; waits up to `seconds` for the first."""
        found = []
        while select.select([self._socket], [], [], 0 if found else seconds)[0]:
            packet, (_, protocol, *_) = self._socket.recvfrom(2048)
            segment = parse(packet) if protocol == _ETH_P_IP else None
            if segment:
                found.append(segment)
        return found

    def wait_for(self, wanted, what, seconds=10.0):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for segment in self.segments(0.05):
                if wanted(segment):
                    return segment
        raise RuntimeError(f"waited {seconds} s for: {what}")

    def close(self):
        self._socket.close()


class Worker:
    """A thread that runs `work(stopping)` inside a `with`; what it raises, the `with` raises."""

    def __init__(self):
        self._stopping = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join()
        self.close()
        if self._error:
            raise self._error

    def _run(self):
        try:
            self.work(self._stopping)
        except Exception as error:  # pylint: disable=broad-except
            self._error = error


class Responder(Worker):
    """Answers in the place of hosts that do not exist.

    `answer(segment)` gives (delay in seconds, segments to send) for each TCP segment that reaches
    the namespace from outside.
    """

    def __init__(self, lab, space, answer):
        super().__init__()
        self._tap, self._raw, self._answer = Tap(lab, space), Raw(lab, space), answer
        self.answered = 0

    def work(self, stopping):
        due = []
        while not stopping.is_set():
            wait = max(0.0, due[0][0] - time.monotonic()) if due else 0.05
            for segment in self._tap.segments(min(wait, 0.05)):
                delay, replies = self._answer(segment)
                for reply in replies:
                    self.answered += 1
                    heapq.heappush(due, (time.monotonic() + delay, self.answered, reply))
            while due and due[0][0] <= time.monotonic():
                self._raw.send(heapq.heappop(due)[2].packet())

    def close(self):
        self._tap.close()
        self._raw.close()


class Forger(Worker):
    """Sends what `packets` yields, without a pause, until it ends or the `with` does."""

    def __init__(self, lab, space, packets):
        super().__init__()
        self._raw, self._packets = Raw(lab, space), packets
        self.sent = 0

    def work(self, stopping):
        for packet in self._packets:
            if stopping.is_set():
                return
            self._raw.send(packet)
            self.sent += 1

    def close(self):
        self._raw.close()
