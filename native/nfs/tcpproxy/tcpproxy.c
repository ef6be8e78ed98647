/* tcpproxy: answers clients with SYN cookies, and splices those that are real with the server they asked for. */
#include <errno.h>
#include <sys/random.h>

#include "../../abi/nf.h"
#include "../common/clock.h"
#include "../common/memory.h"
#include "../common/options.h"
#include "../common/report.h"
#include "proxy.h"

static const char *const count_names[PROXY_WHATS] = {"untouched", "answered",	  "opened",    "handshake", "spliced",
						     "badCookie", "noConnection", "tableFull", "malformed", "unsupported"};

static struct proxy proxy;
static uint64_t hz;
static uint64_t counts[PROXY_WHATS];

static int check(char *error, uint32_t error_bytes)
{
	static const struct {
		const char *name, *example;
		uint8_t version;
	} expected[2] = {{"--protect", "IPv4 prefix such as 192.0.2.0/24", 4}, {"--protect6", "IPv6 prefix such as 2001:db8::/64", 6}};
	for (int i = 0; i < 2; i++) {
		if (proxy.protect[i].version != 0 && proxy.protect[i].version != expected[i].version) {
			snprintf(error, error_bytes, "%s: expected an %s, got one of the other family", expected[i].name, expected[i].example);
			return -1;
		}
	}
	if (proxy.protect[0].version || proxy.protect[1].version)
		return 0;
	snprintf(error, error_bytes, "expected --protect or --protect6, got none");
	return -1;
}

/* New ones at each start: nobody can have learned them. */
static int take_secrets(char *error, uint32_t error_bytes)
{
	uint64_t secrets[4];
	if (getrandom(secrets, sizeof secrets, 0) != (ssize_t)sizeof secrets) {
		snprintf(error, error_bytes, "no random numbers for its secrets: %s", strerror(errno));
		return -1;
	}
	memcpy(proxy.cookie_key, secrets, sizeof proxy.cookie_key);
	memcpy(proxy.table_key, secrets + 2, sizeof proxy.table_key);
	return 0;
}

static void stop(void)
{
	nf_report("tcpproxy", count_names, counts, PROXY_WHATS);
	nf_give_back((void **)&proxy.connections.entries);
}

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	uint64_t port = 0, mss = 1460, idle_s = 7440, opening_s = 30, closing_s = 60;
	const struct nf_option options[] = {
		{.name = "--protect", .kind = NF_PREFIX, .value = &proxy.protect[0]},
		{.name = "--protect6", .kind = NF_PREFIX, .value = &proxy.protect[1]},
		{.name = "--port", .kind = NF_NUMBER, .value = &port, .min = 1, .max = 65535},
		{.name = "--mss", .kind = NF_NUMBER, .value = &mss, .min = 536, .max = 8960},
		{.name = "--idle-s", .kind = NF_NUMBER, .value = &idle_s, .min = 1, .max = 1000000},
		{.name = "--opening-s", .kind = NF_NUMBER, .value = &opening_s, .min = 1, .max = 1000000},
		{.name = "--closing-s", .kind = NF_NUMBER, .value = &closing_s, .min = 1, .max = 1000000},
	};
	memset(counts, 0, sizeof counts);
	memset(proxy.protect, 0, sizeof proxy.protect);
	if (nf_options_read(argc, argv, options, sizeof options / sizeof options[0], error, error_bytes) != 0 || check(error, error_bytes) != 0 ||
	    take_secrets(error, error_bytes) != 0)
		return -1;
	proxy.port = (uint16_t)port;
	proxy.mss = (uint16_t)mss;
	proxy.connections.timeout_s[CONNECTION_OPENING] = (uint32_t)opening_s;
	proxy.connections.timeout_s[CONNECTION_OPEN] = (uint32_t)idle_s;
	proxy.connections.timeout_s[CONNECTION_CLOSING] = (uint32_t)closing_s;
	hz = nf_ticks_hz();
	return nf_table((void **)&proxy.connections.entries, CONNECTIONS * sizeof(struct connection), "connections", error, error_bytes);
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	uint32_t now_s = (uint32_t)(nf_ticks() / hz) + 1;
	for (uint32_t i = 0; i < n; i++) {
		enum proxy_what what = proxy_take(&proxy, packets[i].data, packets[i].length, now_s);
		counts[what]++;
		if (what >= PROXY_BAD_COOKIE)
			packets[i].action = NETVM_ACTION_DROP;
	}
}

const struct netvm_nf netvm_nf = {
	.name = "tcpproxy",
	.usage = "  --protect PREFIX    addresses of servers, IPv4\n"
		 "  --protect6 PREFIX   the same, IPv6\n"
		 "  --port N            their port (all where left out: then they can open no connections themselves)\n"
		 "  --mss N             segment size that clients are told, 20 less for IPv6: at most what servers take (1460)\n"
		 "  --idle-s N          how long a silent connection is remembered (7440),\n"
		 "  --opening-s N       one whose server has not answered (30),\n"
		 "  --closing-s N       and one that was closed (60)",
	.start = start,
	.process = process,
	.stop = stop,
};
