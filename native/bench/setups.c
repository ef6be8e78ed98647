#include "setups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handshake.h"

#define WORDS_MAX 16

const struct setup setups[] = {
	{"forward", "forward", "", NULL, SETUP_IPV4},
	{"monitor", "monitor", "", NULL, SETUP_IPV4},
	{"firewall", "firewall, verdict cached", "--rules @", "deny tcp any any any any\nallow any any any any any\n", SETUP_IPV4},
	{"firewall", "firewall, stateful", "--rules @ --stateful", "deny icmp any any any any\nallow any any any any any\n", SETUP_IPV4},
	{"synthetic", "synthetic, 0 cycles", "", NULL, SETUP_IPV4},
	{"synthetic", "synthetic, 100 cycles", "--cycles 100", NULL, SETUP_IPV4},
	{"synthetic", "synthetic, 256 B of 256 KiB", "--memory-bytes 256 --frame-bytes 60", NULL, SETUP_IPV4},
	{"router", "router", "--routes @ --address 192.0.2.1 --address6 2001:db8::fe",
	 "198.19.0.0/24 via 02:00:00:00:00:01\n198.19.0.0/28 via 02:00:00:00:00:03\n2001:db8::/32 via 02:00:00:00:00:02\n"
	 "203.0.113.0/24 drop\n2001:db8:dead::/48 unreachable\n", SETUP_IPV4},
	{"bridge", "bridge", "", NULL, SETUP_IPV4},
	{"ratelimit", "ratelimit, flow and total", "--flow-pps 100000000 --total-pps 1000000000 --burst-us 1000000", NULL, SETUP_IPV4},
	{"nat", "nat, out", "--inside 198.18.0.0/16 --public 203.0.113.1", NULL, SETUP_IPV4},
	{"nat", "nat, out, IPv6", "--inside6 2001:2::/64 --public6 2001:db8::cb00:7101", NULL, SETUP_IPV6},
	{"nat", "nat, out, IPv4 of both", "--inside 198.18.0.0/16 --public 203.0.113.1 --inside6 2001:db8::c612:0/112 --public6 2001:db8::cb00:7101", NULL,
	 SETUP_IPV4},
	{"loadbalancer", "loadbalancer", "--vip 198.19.0.1 --backends @",
	 "a 02:00:00:00:01:01\nb 02:00:00:00:01:02\nc 02:00:00:00:01:03\nd 02:00:00:00:01:04\n", SETUP_IPV4},
	{"dpi", "dpi, 4 patterns, 18 B", "--patterns @",
	 "drop (?i)cmd\\.exe\ncount ^GET\\s/\ncount \\x90{16}\ndrop [a-z]{4}=[0-9]{8,}\n", SETUP_IPV4},
	{"steer", "steer, 4 rules, the last matches", "--rules @ --to web --flow",
	 "tcp any any 198.19.0.1 80\ntcp any any 198.19.0.1 443\nudp 2001:db8::/32 any any 9\nudp any any 198.19.0.0/16 any\n", SETUP_IPV4},
	{"tcpproxy", "tcpproxy, untouched", "--protect 198.19.0.1 --protect6 2001:db8::/32", NULL, SETUP_IPV4},
	{"tcpproxy", "tcpproxy, spliced", "--protect 198.19.0.1 --protect6 2001:db8::/32", NULL, SETUP_SPLICED},
	{0},
};

const struct setup *setup_of(const char *nf)
{
	for (const struct setup *s = setups; s->nf; s++) {
		if (strcmp(s->nf, nf) == 0)
			return s;
	}
	return NULL;
}

static int write_file(char *name, const char *text)
{
	int fd = mkstemp(name);
	if (fd < 0)
		return -1;
	size_t bytes = strlen(text);
	int result = write(fd, text, bytes) == (ssize_t)bytes ? 0 : -1;
	close(fd);
	return result;
}

int setup_start(const struct netvm_nf *nf, const struct setup *s, char *error, uint32_t error_bytes)
{
	char file[] = "/tmp/netvm-setup-XXXXXX", options[512], *argv[WORDS_MAX], *rest = NULL;
	int argc = 0;
	if (!nf->start)
		return 0;
	if (s->file && write_file(file, s->file) != 0) {
		unlink(file);
		snprintf(error, error_bytes, "cannot write %s", file);
		return -1;
	}
	snprintf(options, sizeof options, "%s", s->options);
	for (char *w = strtok_r(options, " ", &rest); w && argc < WORDS_MAX; w = strtok_r(NULL, " ", &rest))
		argv[argc++] = strcmp(w, "@") == 0 ? file : w;
	int result = nf->start(argc, argv, error, error_bytes);
	if (s->file)
		unlink(file);
	return result == 0 && s->packets == SETUP_SPLICED ? handshakes_open(nf, error, error_bytes) : result;
}

static int any_service(const char *name)
{
	return name[0] != 0;
}

void setup_services(const struct netvm_nf *nf)
{
	if (nf->services)
		nf->services(any_service);
}
