/* router: sends IP packets on by longest prefix; answers the expired and the unroutable with ICMP errors. */
#include <string.h>

#include "../../abi/checksum.h"
#include "../../abi/nf.h"
#include "../../abi/region.h"
#include "../common/clock.h"
#include "../common/options.h"
#include "../common/report.h"
#include "icmp.h"
#include "routes.h"

enum { ROUTED, EXPIRED, NO_ROUTE, BLACKHOLED, MALFORMED, ICMP_SENT, COUNTS };
static const char *const count_names[COUNTS] = {"routed", "expired", "noRoute", "blackholed", "malformed", "icmpSent"};

static struct routes routes;
static struct icmp_source self;
static uint8_t mac[6];
static uint64_t icmp_pps, icmp_interval, icmp_next; /* ticks */
static uint64_t counts[COUNTS];

static void take_addresses(uint32_t v4, const struct match_prefix *v6)
{
	self = (struct icmp_source){.has_v4 = v4 != 0, .has_v6 = v6->version == 6};
	netvm_put32(self.v4, v4);
	for (int i = 0; i < 8; i++) {
		self.v6[i] = (uint8_t)(v6->address.high >> (56 - 8 * i));
		self.v6[8 + i] = (uint8_t)(v6->address.low >> (56 - 8 * i));
	}
}

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	static const uint8_t own[6] = {0x02, 0, 0, 0, 0, 0xfe};
	const char *file = NULL;
	uint32_t v4 = 0;
	struct match_prefix v6 = {0};
	const struct nf_option options[] = {
		{.name = "--routes", .kind = NF_TEXT, .value = &file, .required = 1},
		{.name = "--mac", .kind = NF_MAC, .value = mac},
		{.name = "--address", .kind = NF_IPV4, .value = &v4},
		{.name = "--address6", .kind = NF_ADDRESS, .value = &v6},
		{.name = "--icmp-pps", .kind = NF_NUMBER, .value = &icmp_pps, .max = 1000000},
	};
	memcpy(mac, own, sizeof mac);
	icmp_pps = 1000;
	if (nf_options_read(argc, argv, options, sizeof options / sizeof options[0], error, error_bytes) != 0)
		return -1;
	if (v6.version == 4) {
		snprintf(error, error_bytes, "--address6: expected an IPv6 address such as 2001:db8::1, got an IPv4 address");
		return -1;
	}
	take_addresses(v4, &v6);
	icmp_interval = icmp_pps ? nf_ticks_hz() / icmp_pps : 0;
	icmp_next = 0;
	memset(counts, 0, sizeof counts);
	return routes_read(&routes, file, error, error_bytes);
}

/* RFC 1812, section 5.2.2: a header with a wrong checksum is not routed. */
static int header_sum_right(const uint8_t *ip)
{
	uint32_t bytes = (ip[0] & 0x0fu) * 4u;
	return netvm_fold(netvm_sum(0, ip, bytes)) == 0xffff;
}

/* Sources nobody can have, and destinations that are not routed: multicast needs a tree, link-local stays on its link. */
static int martian(const uint8_t *ip, uint8_t version)
{
	if (version == 4)
		return ip[12] >= 224 || ip[12] == 127 || ip[16] >= 224 || ip[16] == 127;
	return ip[8] == 0xff || ip[24] == 0xff || netvm_be16(ip + 8) >> 6 == 0xfe80 >> 6 || netvm_be16(ip + 24) >> 6 == 0xfe80 >> 6;
}

/* An ICMP error instead of the packet where the rate allows it (RFC 1812, section 4.3.2.8), else nothing. */
static void answer(struct netvm_packet *p, const struct netvm_headers *h, enum icmp_error what, uint64_t now)
{
	p->action = NETVM_ACTION_DROP;
	if (icmp_interval == 0 || now < icmp_next || !icmp_turn_around(p->data, p->length, h, what, &self))
		return;
	icmp_next = now + icmp_interval;
	p->action = NETVM_ACTION_NEXT;
	counts[ICMP_SENT]++;
}

static void refuse(struct netvm_packet *p, int why)
{
	p->action = NETVM_ACTION_DROP;
	counts[why]++;
}

static void send_on(uint8_t *frame, uint8_t *ip, uint8_t version, const struct hop *hop)
{
	if (version == 4)
		netvm_ipv4_decrement_ttl(ip);
	else
		ip[7]--;
	memcpy(frame, hop->mac, 6);
	memcpy(frame + 6, mac, 6);
	counts[ROUTED]++;
}

static void route(struct netvm_packet *p, uint64_t now)
{
	struct netvm_headers h;
	int version = netvm_headers_read(p->data, p->length, &h);
	uint8_t *ip = p->data + h.l3;
	if (version == 0 || (version == 4 && !header_sum_right(ip)) || martian(ip, h.version)) {
		refuse(p, MALFORMED);
		return;
	}
	if ((version == 4 ? ip[8] : ip[7]) <= 1) {
		counts[EXPIRED]++;
		answer(p, &h, ICMP_TIME_EXCEEDED, now);
		return;
	}
	const struct hop *hop = &routes.hops[version == 4 ? lpm_find(&routes.v4, ip + 16) : lpm_find(&routes.v6, ip + 24)];
	if (hop == &routes.hops[LPM_NONE] || hop->kind == HOP_UNREACHABLE) {
		counts[NO_ROUTE]++;
		answer(p, &h, ICMP_NO_ROUTE, now);
	} else if (hop->kind == HOP_DROP) {
		refuse(p, BLACKHOLED);
	} else {
		send_on(p->data, ip, h.version, hop);
	}
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	uint64_t now = nf_ticks();
	for (uint32_t i = 0; i < n; i++)
		route(&packets[i], now);
}

static void stop(void)
{
	nf_report("router", count_names, counts, COUNTS);
	routes_give_back(&routes);
}

const struct netvm_nf netvm_nf = {
	.name = "router",
	.usage = "  --routes FILE      one route a line: PREFIX via MAC | PREFIX drop | PREFIX unreachable\n"
		 "  --mac MAC          the router's own (02:00:00:00:00:fe)\n"
		 "  --address IPV4     sends ICMP errors from here; none where left out\n"
		 "  --address6 IPV6    the same for IPv6\n"
		 "  --icmp-pps N       at most so many ICMP errors a second, 0 for none (1000)",
	.start = start,
	.process = process,
	.stop = stop,
};
