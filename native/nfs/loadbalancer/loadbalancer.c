/* loadbalancer: sends each flow to one of many backends that share an address, and keeps it there. */
#include "../../abi/nf.h"
#include "../../abi/region.h"
#include "../common/clock.h"
#include "../common/flows.h"
#include "../common/memory.h"
#include "../common/options.h"
#include "../common/quoted.h"
#include "../common/report.h"
#include "backends.h"

#define FLOWS 65536u /* a power of two */

enum { BALANCED, UNTOUCHED, MOVED, UNTRACKED, NO_BACKEND, COUNTS };
static const char *const count_names[COUNTS] = {"balanced", "untouched", "moved", "untracked", "noBackend"};

static struct backends backends;
static struct maglev maglev;
static struct nf_flows flows = {.count = FLOWS};
static struct match_prefix vip;
static uint8_t mac[6];
static uint64_t idle_ticks;
static uint64_t counts[COUNTS];

static void give_back(void)
{
	backends_give_back(&backends);
	nf_give_back((void **)&flows.entries);
}

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	static const uint8_t own[6] = {0x02, 0, 0, 0, 0, 0xfd};
	const char *file = NULL, *health = NULL;
	uint64_t idle_s = 300;
	const struct nf_option options[] = {
		{.name = "--vip", .kind = NF_ADDRESS, .value = &vip, .required = 1},
		{.name = "--backends", .kind = NF_TEXT, .value = &file, .required = 1},
		{.name = "--health", .kind = NF_TEXT, .value = &health},
		{.name = "--mac", .kind = NF_MAC, .value = mac},
		{.name = "--idle-s", .kind = NF_NUMBER, .value = &idle_s, .min = 1, .max = 1000000},
	};
	memcpy(mac, own, sizeof mac);
	memset(counts, 0, sizeof counts);
	if (nf_options_read(argc, argv, options, sizeof options / sizeof options[0], error, error_bytes) != 0 ||
	    backends_read(&backends, file, error, error_bytes) != 0 ||
	    (health && backends_watch(&backends, health, error, error_bytes) != 0) ||
	    nf_table((void **)&flows.entries, FLOWS * sizeof flows.entries[0], "flows", error, error_bytes) != 0) {
		give_back();
		return -1;
	}
	maglev_fill(&maglev, backends.list, backends.count);
	idle_ticks = idle_s * nf_ticks_hz();
	return 0;
}

/*
 * A flow stays where it is while that backend is up; where its set is full of others it goes by the hash alone, which
 * hardly moves.
 */
static uint32_t backend_of(const struct netvm_flow *flow, uint64_t up, uint64_t now)
{
	uint32_t hash = netvm_flow_hash(flow); /* our own, so that every balancer agrees */
	struct nf_flow_entry *e = nf_flows_find(&flows, hash, flow, now);
	if (e && (up >> e->value & 1)) {
		e->expires = now + idle_ticks;
		return (uint32_t)e->value;
	}
	uint32_t b = maglev_pick(&maglev, hash, up);
	counts[MOVED] += e != NULL;
	e = nf_flows_place(&flows, hash, flow);
	if (e->expires > now && !netvm_flow_equal(&e->flow, flow))
		counts[UNTRACKED]++;
	else
		*e = (struct nf_flow_entry){.flow = *flow, .expires = now + idle_ticks, .value = b};
	return b;
}

/* Where an error about a backend's packet goes: to that backend. Anybody can send one, so none makes or keeps a flow. */
static uint32_t backend_of_error(const struct netvm_flow *flow, uint64_t up, uint64_t now)
{
	uint32_t hash = netvm_flow_hash(flow);
	const struct nf_flow_entry *e = nf_flows_find(&flows, hash, flow, now);
	return e && (up >> e->value & 1) ? (uint32_t)e->value : maglev_pick(&maglev, hash, up);
}

static void balance(struct netvm_packet *p, uint64_t up, uint64_t now)
{
	struct netvm_headers h;
	struct netvm_flow flow, answered; /* an error about what a backend sent in answer to a flow's packets quotes that flow the other way round */
	if (!netvm_headers_read(p->data, p->length, &h)) {
		counts[UNTOUCHED]++;
		return;
	}
	netvm_flow_of(p->data, &h, &flow);
	if (flow.version != vip.version || !netvm_address_equal(&flow.dst, &vip.address)) {
		counts[UNTOUCHED]++;
		return;
	}
	if (h.fragment)
		flow.src_port = flow.dst_port = 0; /* all parts of a datagram to one backend */
	if (up == 0) {
		p->action = NETVM_ACTION_DROP;
		counts[NO_BACKEND]++;
		return;
	}
	int is_error = nf_quoted_turned(p->data, &h, &answered) && netvm_address_equal(&answered.dst, &vip.address);
	uint32_t b = is_error ? backend_of_error(&answered, up, now) : backend_of(&flow, up, now);
	memcpy(p->data, backends.list[b].mac, 6);
	memcpy(p->data + 6, mac, 6);
	counts[BALANCED]++;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	uint64_t now = nf_ticks(), up = backends_up(&backends);
	for (uint32_t i = 0; i < n; i++)
		balance(&packets[i], up, now);
}

static void stop(void)
{
	nf_report("loadbalancer", count_names, counts, COUNTS);
	give_back();
}

const struct netvm_nf netvm_nf = {
	.name = "loadbalancer",
	.usage = "  --vip ADDRESS     the address all backends answer for, IPv4 or IPv6\n"
		 "  --backends FILE   one a line: NAME MAC\n"
		 "  --health FILE     a byte for each backend, in the file's order; 0: down (all up where left out)\n"
		 "  --mac MAC         the balancer's own (02:00:00:00:00:fd)\n"
		 "  --idle-s N        how long a silent flow is remembered (300)",
	.start = start,
	.process = process,
	.stop = stop,
};
