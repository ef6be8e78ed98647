/* nat: many inside addresses behind one public address, of IPv4 (NAPT, RFC 3022), IPv6 or each (behaviour after RFC 4787, 5382, 5508). */
#include "../../abi/nf.h"
#include "../../abi/region.h"
#include "../common/clock.h"
#include "../common/memory.h"
#include "../common/options.h"
#include "../common/quoted.h"
#include "../common/report.h"
#include "translate.h"

#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u

enum { OUT, IN, UNTOUCHED, /* from here on: dropped */ NO_PORT, NO_MAPPING, UNSUPPORTED, MAPPINGS, EXPIRED, COUNTS };
static const char *const count_names[COUNTS] = {"out",	       "in",	      "untouched", "noPort",
						"noMapping",   "unsupported", "mappings",  "expired"};

static struct nat_table *table;
static struct family {
	struct netvm_address inside, mask, public_address;
	int given;
} families[2]; /* IPv4, IPv6 */
static uint64_t hz;
static uint64_t counts[COUNTS];

static inline int is_inside(const struct family *f, uint8_t version, const struct netvm_address *a)
{
	uint64_t differs = (a->low & f->mask.low) ^ f->inside.low;
	return (version == 4 ? differs : differs | ((a->high & f->mask.high) ^ f->inside.high)) == 0;
}

/* One family of two options. Returns 0, or -1 with a sentence in `error`. */
static int take_family(struct family *f, int version, const struct match_prefix *inside, const struct match_prefix *public_address, char *error,
		       uint32_t error_bytes)
{
	const char *suffix = version == 4 ? "" : "6";
	uint32_t bits = version == 4 ? inside->length + 96u : inside->length;
	*f = (struct family){.inside = inside->address, .public_address = public_address->address, .given = inside->version || public_address->version};
	f->mask.high = bits == 0 ? 0 : bits >= 64 ? ~0ull : ~0ull << (64 - bits);
	f->mask.low = bits <= 64 ? 0 : ~0ull << (128 - bits);
	if (!f->given)
		return 0;
	if (inside->version != version)
		snprintf(error, error_bytes, "--inside%s: expected an %s, got %s", suffix,
			 version == 4 ? "IPv4 prefix such as 10.0.0.0/8" : "IPv6 prefix such as fd00::/8",
			 inside->version ? "one of the other family" : "nothing");
	else if (public_address->version != version)
		snprintf(error, error_bytes, "--public%s: expected an %s, got %s", suffix,
			 version == 4 ? "IPv4 address such as 192.0.2.1" : "IPv6 address such as 2001:db8::1",
			 public_address->version ? "one of the other family" : "nothing");
	else if (is_inside(f, (uint8_t)version, &public_address->address))
		snprintf(error, error_bytes, "--public%s: expected an address outside --inside%s", suffix, suffix);
	else
		return 0;
	return -1;
}

static int check(uint64_t port_low, uint64_t port_high, char *error, uint32_t error_bytes)
{
	if (!families[0].given && !families[1].given)
		snprintf(error, error_bytes, "expected --inside with --public, or --inside6 with --public6, got none");
	else if (port_low > port_high)
		snprintf(error, error_bytes, "--port-low: expected at most --port-high %lu, got %lu", port_high, port_low);
	else
		return 0;
	return -1;
}

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	/* RFC 5382 REQ-5, RFC 4787 REQ-5, RFC 5508 REQ-2 */
	struct nat_timeouts timeouts = {.tcp_open_s = 7440, .tcp_opening_s = 240, .udp_s = 300, .icmp_s = 60};
	uint64_t port_low = 1024, port_high = 65535;
	struct match_prefix inside[2] = {0}, public_address[2] = {0};
	const struct nf_option options[] = {
		{.name = "--inside", .kind = NF_PREFIX, .value = &inside[0]},
		{.name = "--public", .kind = NF_ADDRESS, .value = &public_address[0]},
		{.name = "--inside6", .kind = NF_PREFIX, .value = &inside[1]},
		{.name = "--public6", .kind = NF_ADDRESS, .value = &public_address[1]},
		{.name = "--port-low", .kind = NF_NUMBER, .value = &port_low, .min = 1, .max = 65535},
		{.name = "--port-high", .kind = NF_NUMBER, .value = &port_high, .min = 1, .max = 65535},
		{.name = "--tcp-s", .kind = NF_NUMBER, .value = &timeouts.tcp_open_s, .min = 1, .max = 1000000},
		{.name = "--tcp-opening-s", .kind = NF_NUMBER, .value = &timeouts.tcp_opening_s, .min = 1, .max = 1000000},
		{.name = "--udp-s", .kind = NF_NUMBER, .value = &timeouts.udp_s, .min = 1, .max = 1000000},
		{.name = "--icmp-s", .kind = NF_NUMBER, .value = &timeouts.icmp_s, .min = 1, .max = 1000000},
	};
	memset(counts, 0, sizeof counts);
	if (nf_options_read(argc, argv, options, sizeof options / sizeof options[0], error, error_bytes) != 0 ||
	    take_family(&families[0], 4, &inside[0], &public_address[0], error, error_bytes) != 0 ||
	    take_family(&families[1], 6, &inside[1], &public_address[1], error, error_bytes) != 0 ||
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
			m->closing = 0; /* and anew; its state is NAT_OPENING since it closed */
	} else if (flags & (TCP_FIN | TCP_RST)) {
		m->closing = 1;
		m->state = NAT_OPENING;
	} else if (from_inside && !m->closing) {
		m->state = NAT_OPEN;
	}
}

enum icmp_kind { ICMP_ASKS, ICMP_ANSWERS, ICMP_ERROR, ICMP_OTHER };

static enum icmp_kind icmp_kind_of(uint8_t type, uint8_t version)
{
	if (type == (version == 4 ? 8 : 128))
		return ICMP_ASKS;
	if (type == (version == 4 ? 0 : 129))
		return ICMP_ANSWERS;
	return nf_icmp_is_error(version, type) ? ICMP_ERROR : ICMP_OTHER;
}

static int is_icmp(enum nat_class c)
{
	return c == NAT_ICMP || c == NAT_ICMP6;
}

static int is_tcp(enum nat_class c)
{
	return c == NAT_TCP || c == NAT_TCP6;
}

static inline int go_out(uint8_t *frame, const struct netvm_headers *h, uint8_t version, enum nat_class c, struct netvm_address src, uint32_t now_s)
{
	if (is_icmp(c) && icmp_kind_of(frame[h->l4], version) != ICMP_ASKS)
		return UNSUPPORTED; /* an echo asks for a mapping, nothing else does */
	int public_port = nat_port_of(table, c, src, netvm_be16(nat_port_at(frame + h->l4, h->protocol, NAT_SRC)), now_s);
	if (public_port < 0)
		return NO_PORT;
	struct nat_mapping *m = &table->mappings[c][public_port];
	if (is_tcp(c))
		follow_tcp(m, frame[h->l4 + 13], 1);
	nat_refresh(table, c, m, now_s);
	nat_rewrite(frame, h, version, NAT_SRC, &families[version == 6].public_address, (uint16_t)public_port);
	return OUT;
}

static inline int come_in(uint8_t *frame, const struct netvm_headers *h, uint8_t version, enum nat_class c, uint32_t now_s)
{
	enum icmp_kind kind = is_icmp(c) ? icmp_kind_of(frame[h->l4], version) : ICMP_ANSWERS;
	if (kind == ICMP_ERROR)
		return nat_error_in(table, frame, h, &families[version == 6].public_address, now_s) ? IN : NO_MAPPING;
	if (kind != ICMP_ANSWERS)
		return UNSUPPORTED;
	struct nat_mapping *m = nat_at(table, c, netvm_be16(nat_port_at(frame + h->l4, h->protocol, NAT_DST)), now_s);
	if (!m)
		return NO_MAPPING;
	if (is_tcp(c))
		follow_tcp(m, frame[h->l4 + 13], 0);
	if (m->closing && m->expires_s > now_s + table->idle_s[c])
		nat_refresh(table, c, m, now_s);
	nat_rewrite(frame, h, version, NAT_DST, &m->inside, m->inside_port);
	return IN;
}

/* What never leaves its link, as ARP does not: neighbour discovery (RFC 4861: its hop limit says so), and what is for a link's own addresses or groups. */
static int is_of_link(const uint8_t *frame, const struct netvm_headers *h)
{
	const uint8_t *ip = frame + h->l3;
	uint8_t type = h->protocol == NETVM_ICMPV6 && h->l4 != 0 && ip[7] == 255 ? frame[h->l4] : 0;
	return (type >= 133 && type <= 137) || (ip[24] == 0xfe && ip[25] >> 6 == 2) || (ip[24] == 0xff && (ip[25] & 0x0f) <= 2);
}

/*
 * Its transport header is one that can be translated, and lies where nothing forbids it: a routing header would change which address checksums cover, and
 * authentication forbids any change.
 */
static inline int can_be_translated(const uint8_t *frame, const struct netvm_headers *h, uint8_t version, int c)
{
	uint8_t protocol;
	if (c < 0 || h->l4 == 0 || h->fragment)
		return 0;
	return version == 4 || nf_quoted_ipv6(frame + h->l3, (uint32_t)(h->end - h->l3), &protocol) != 0;
}

/* Compiled once for each version: so IPv4 pays nothing for IPv6. */
static inline __attribute__((always_inline)) int translate_as(uint8_t version, uint8_t *frame, const struct netvm_headers *h, uint32_t now_s)
{
	const struct family *f = &families[version == 6];
	if (!f->given)
		return UNTOUCHED;
	struct netvm_address src = nat_address(frame + h->l3, version, NAT_SRC), dst = nat_address(frame + h->l3, version, NAT_DST);
	int out = is_inside(f, version, &src) && !is_inside(f, version, &dst), in = netvm_address_equal(&dst, &f->public_address);
	if ((!out && !in) || (version == 6 && is_of_link(frame, h)))
		return UNTOUCHED;
	int c = nat_class_of(h->protocol, version);
	if ((out && in) || !can_be_translated(frame, h, version, c))
		return UNSUPPORTED;
	return out ? go_out(frame, h, version, (enum nat_class)c, src, now_s) : come_in(frame, h, version, (enum nat_class)c, now_s);
}

static int translate(uint8_t *frame, uint32_t length, uint32_t now_s)
{
	struct netvm_headers h;
	int version = netvm_headers_read(frame, length, &h);
	if (version == 0)
		return UNTOUCHED;
	return version == 4 ? translate_as(4, frame, &h, now_s) : translate_as(6, frame, &h, now_s);
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
	.usage = "  --inside PREFIX        whose packets are translated: IPv4,\n"
		 "  --public ADDRESS       and what they come from outside\n"
		 "  --inside6 PREFIX       the same of IPv6; one family at least\n"
		 "  --public6 ADDRESS\n"
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
