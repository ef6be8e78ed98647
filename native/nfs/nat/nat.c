/* nat: many inside addresses behind one public address (NAPT, RFC 3022; behaviour after RFC 4787, 5382, 5508). */
#include "../../abi/nf.h"
#include "../../abi/region.h"
#include "../common/clock.h"
#include "../common/memory.h"
#include "../common/options.h"
#include "../common/report.h"
#include "translate.h"

#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u

enum { OUT, IN, UNTOUCHED, /* from here on: dropped */ NO_PORT, NO_MAPPING, UNSUPPORTED, MAPPINGS, EXPIRED, COUNTS };
static const char *const count_names[COUNTS] = {"out",	       "in",	      "untouched", "noPort",
						"noMapping",   "unsupported", "mappings",  "expired"};

static struct nat_table *table;
static struct match_prefix inside;
static uint32_t public_address;
static uint64_t hz;
static uint64_t counts[COUNTS];

static int check(uint64_t port_low, uint64_t port_high, char *error, uint32_t error_bytes)
{
	if (inside.version != 4)
		snprintf(error, error_bytes, "--inside: expected an IPv4 prefix such as 10.0.0.0/8, got an IPv6 prefix");
	else if (port_low > port_high)
		snprintf(error, error_bytes, "--port-low: expected at most --port-high %lu, got %lu", port_high, port_low);
	else if (inside.length == 0 || (public_address & (~0u << (32 - inside.length))) == inside.address.low)
		snprintf(error, error_bytes, "--public: expected an address outside --inside");
	else
		return 0;
	return -1;
}

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	/* RFC 5382 REQ-5, RFC 4787 REQ-5, RFC 5508 REQ-2 */
	struct nat_timeouts timeouts = {.tcp_open_s = 7440, .tcp_opening_s = 240, .udp_s = 300, .icmp_s = 60};
	uint64_t port_low = 1024, port_high = 65535;
	const struct nf_option options[] = {
		{.name = "--inside", .kind = NF_PREFIX, .value = &inside, .required = 1},
		{.name = "--public", .kind = NF_IPV4, .value = &public_address, .required = 1},
		{.name = "--port-low", .kind = NF_NUMBER, .value = &port_low, .min = 1, .max = 65535},
		{.name = "--port-high", .kind = NF_NUMBER, .value = &port_high, .min = 1, .max = 65535},
		{.name = "--tcp-s", .kind = NF_NUMBER, .value = &timeouts.tcp_open_s, .min = 1, .max = 1000000},
		{.name = "--tcp-opening-s", .kind = NF_NUMBER, .value = &timeouts.tcp_opening_s, .min = 1, .max = 1000000},
		{.name = "--udp-s", .kind = NF_NUMBER, .value = &timeouts.udp_s, .min = 1, .max = 1000000},
		{.name = "--icmp-s", .kind = NF_NUMBER, .value = &timeouts.icmp_s, .min = 1, .max = 1000000},
	};
	memset(counts, 0, sizeof counts);
	if (nf_options_read(argc, argv, options, sizeof options / sizeof options[0], error, error_bytes) != 0 ||
	    check(port_low, port_high, error, error_bytes) != 0 ||
	    nf_table((void **)&table, sizeof *table, "mappings", error, error_bytes) != 0)
		return -1;
	hz = nf_ticks_hz();
	nat_open(table, (uint32_t)port_low, (uint32_t)port_high, &timeouts, nf_ticks() | 1);
	return 0;
}

/* A handshake from inside that went on is open; FIN or RST, from either side, ends it in the short time. */
static void follow_tcp(struct nat_mapping *m, uint8_t flags, int from_inside)
{
	if (flags & TCP_SYN) {
		if (from_inside && m->closing)
			*m = (struct nat_mapping){.inside = m->inside, .inside_port = m->inside_port, .state = NAT_OPENING};
	} else if (flags & (TCP_FIN | TCP_RST)) {
		m->closing = 1;
		m->state = NAT_OPENING;
	} else if (from_inside && !m->closing) {
		m->state = NAT_OPEN;
	}
}

static int go_out(uint8_t *frame, const struct netvm_headers *h, enum nat_class c, uint32_t src, uint32_t now_s)
{
	if (c == NAT_ICMP && frame[h->l4] != 8)
		return UNSUPPORTED; /* an echo asks for a mapping, nothing else does */
	uint16_t port = netvm_be16(frame + h->l4 + (c == NAT_ICMP ? 4 : 0));
	int public_port = nat_port_of(table, c, src, port, now_s);
	if (public_port < 0)
		return NO_PORT;
	struct nat_mapping *m = &table->mappings[c][public_port];
	if (c == NAT_TCP)
		follow_tcp(m, frame[h->l4 + 13], 1);
	nat_refresh(table, c, m, now_s);
	nat_rewrite(frame, h, c, NAT_SRC, public_address, (uint16_t)public_port);
	return OUT;
}

static int come_in(uint8_t *frame, const struct netvm_headers *h, enum nat_class c, uint32_t now_s)
{
	uint8_t type = frame[h->l4];
	if (c == NAT_ICMP && (type == 3 || type == 11 || type == 12))
		return nat_error_in(table, frame, h, public_address, now_s) ? IN : NO_MAPPING;
	if (c == NAT_ICMP && type != 0)
		return UNSUPPORTED;
	struct nat_mapping *m = nat_at(table, c, netvm_be16(frame + h->l4 + (c == NAT_ICMP ? 4 : 2)), now_s);
	if (!m)
		return NO_MAPPING;
	if (c == NAT_TCP)
		follow_tcp(m, frame[h->l4 + 13], 0);
	if (m->closing && m->expires_s > now_s + table->timeouts.tcp_opening_s)
		nat_refresh(table, c, m, now_s);
	nat_rewrite(frame, h, c, NAT_DST, m->inside, m->inside_port);
	return IN;
}

static int is_inside(uint32_t address)
{
	return (address & (~0u << (32 - inside.length))) == inside.address.low;
}

static int translate(uint8_t *frame, uint32_t length, uint32_t now_s)
{
	struct netvm_headers h;
	if (netvm_headers_read(frame, length, &h) != 4)
		return UNTOUCHED;
	uint32_t src = netvm_be32(frame + h.l3 + NAT_SRC), dst = netvm_be32(frame + h.l3 + NAT_DST);
	int out = is_inside(src) && !is_inside(dst), in = dst == public_address;
	if (!out && !in)
		return UNTOUCHED;
	int c = nat_class_of(h.protocol);
	if ((out && in) || h.l4 == 0 || h.fragment || c < 0)
		return UNSUPPORTED;
	return out ? go_out(frame, &h, (enum nat_class)c, src, now_s) : come_in(frame, &h, (enum nat_class)c, now_s);
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	uint32_t now_s = (uint32_t)(nf_ticks() / hz) + 1;
	for (uint32_t i = 0; i < n; i++) {
		int what = translate(packets[i].data, packets[i].length, now_s);
		counts[what]++;
		if (what > UNTOUCHED)
			packets[i].action = NETVM_ACTION_DROP;
	}
	nat_sweep(table, now_s);
}

static void stop(void)
{
	counts[MAPPINGS] = table->used;
	counts[EXPIRED] = table->expired;
	nf_report("nat", count_names, counts, COUNTS);
	nf_give_back((void **)&table);
}

const struct netvm_nf netvm_nf = {
	.name = "nat",
	.usage = "  --inside PREFIX        whose packets are translated (IPv4)\n"
		 "  --public ADDRESS       what they come from outside\n"
		 "  --port-low N           public ports, from (1024)\n"
		 "  --port-high N          to (65535)\n"
		 "  --tcp-s N              how long an idle mapping lives: TCP (7440),\n"
		 "  --tcp-opening-s N      TCP before its handshake is through, and closing (240),\n"
		 "  --udp-s N              UDP (300),\n"
		 "  --icmp-s N             ICMP echo (60)",
	.start = start,
	.process = process,
	.stop = stop,
};
