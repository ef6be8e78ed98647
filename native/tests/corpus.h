/* One packet of each shape: seeds of the fuzzers, and what no NF may stumble over. */
#ifndef NETVM_TESTS_CORPUS_H
#define NETVM_TESTS_CORPUS_H

#include "craft.h"

static const struct crafted corpus[] = {
	{0},
	{.protocol = NETVM_TCP, .tcp_flags = 2, .src_port = 1024, .dst_port = 80},
	{.protocol = NETVM_TCP, .tcp_flags = 0x10, .src_port = 1024, .dst_port = 80, .payload = "GET / cmd.exe", .payload_bytes = 13},
	{.protocol = NETVM_TCP, .tcp_flags = 4, .src = 0xc6130001, .dst = 0xcb007101, .src_port = 80, .dst_port = 1024},
	{.protocol = NETVM_TCP, .tcp_flags = 0x12, .src = 0xc6130001, .dst = 0xc6120000, .src_port = 80, .dst_port = 1024,
	 .seq = 0x20000000, .ack = 0x10000001, .mss = 1460},
	{.protocol = NETVM_TCP, .tcp_flags = 0x19, .src = 0xc6130001, .dst = 0xc6120000, .src_port = 80, .dst_port = 1024,
	 .seq = 0x20000001, .ack = 0x10000001, .payload = "200", .payload_bytes = 3},
	{.protocol = NETVM_ICMP, .icmp_type = 8, .src_port = 7},
	{.protocol = NETVM_ICMP, .icmp_type = 0, .src = 0xc6130001, .dst = 0xcb007101, .src_port = 7},
	{.protocol = NETVM_ICMP, .icmp_type = 3, .src = 0xc6130001, .dst = 0xcb007101,
	 .payload = "\x45\0\0\x1c\0\0\0\0\x40\x11\0\0\xcb\0\x71\x01\xc6\x13\0\x01\x04\0\0\x09\0\x08\0\0", .payload_bytes = 28},
	{.protocol = NETVM_ICMP, .icmp_type = 3, .src = 0xc0000201, .dst = 0xc6130001,
	 .payload = "\x45\0\0\x1c\0\0\0\0\x40\x11\0\0\xc6\x13\0\x01\xc6\x12\0\0\0\x09\x04\0\0\x08\0\0", .payload_bytes = 28},
	{.protocol = 47},
	{.ttl = 1, .src_port = 1, .dst_port = 9, .payload = "a payload that an ICMP error can quote", .payload_bytes = 38},
	{.fragment = 0x2000},
	{.fragment = 0x0003},
	{.options = 10, .src_port = 1, .dst_port = 2},
	{.vlans = 1, .src_port = 1, .dst_port = 9},
	{.vlans = 2, .src_port = 1, .dst_port = 9},
	{.version = 6, .src_port = 1024, .dst_port = 9},
	{.version = 6, .vlans = 2, .protocol = NETVM_TCP, .tcp_flags = 0x12, .src_port = 80, .dst_port = 1024},
	{.version = 6, .protocol = NETVM_ICMPV6, .icmp_type = 128},
	{.version = 6, .protocol = NETVM_ICMPV6, .icmp_type = 129, .src = 0xc6130001, .dst = 0xcb007101, .src_port = 7},
	{.version = 6, .protocol = NETVM_ICMPV6, .icmp_type = 3, .src = 0xc6130001, .dst = 0xcb007101,
	 .payload = "\x60\0\0\0\0\x10\0\x40\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\xcb\0\x71\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\xc6\x13\0\x01"
		    "\x3c\0\x01\x04\0\0\0\0\x11\0\x01\x04\0\0\0\0\x04\0\0\x09\0\x08\0\0", .payload_bytes = 64},
	{.version = 6, .protocol = NETVM_ICMPV6, .icmp_type = 135, .ttl = 255},
	{.version = 6, .protocol = NETVM_TCP, .tcp_flags = 0x12, .src = 0xc6130001, .dst = 0xcb007101, .src_port = 80, .dst_port = 1024},
	{.version = 6, .extensions = 3, .src_port = 5, .dst_port = 6},
	{.version = 6, .extensions = 9, .src_port = 5, .dst_port = 6},
	{.version = 6, .fragment = 0x0001, .src_port = 5, .dst_port = 6},
	{.version = 6, .fragment = 0x0008, .src_port = 5, .dst_port = 6},
	{.version = 6, .ttl = 1,
	 .payload = "a payload so long that an ICMPv6 error about it has room for header and ports", .payload_bytes = 77},
};
#define CORPUS (sizeof corpus / sizeof corpus[0])

#endif
