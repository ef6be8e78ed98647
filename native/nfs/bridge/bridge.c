/* bridge: learns where stations are, and keeps a frame from going back where it came from (IEEE 802.1D). */
#include "../../abi/headers.h"
#include "../../abi/nf.h"
#include "../../abi/region.h"
#include "../common/clock.h"
#include "../common/memory.h"
#include "../common/options.h"
#include "../common/report.h"
#include "stations.h"

enum { FILTERED, FLOODED, FORWARDED, REFUSED, MOVED, NOT_LEARNED, COUNTS };
static const char *const count_names[COUNTS] = {"filtered", "flooded", "forwarded", "refused", "moved", "notLearned"};

static struct stations stations;
static uint64_t hz;
static uint64_t counts[COUNTS];

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	const struct nf_option options[] = {
		{.name = "--ageing-s", .kind = NF_NUMBER, .value = &stations.ageing_s, .min = 1, .max = 1000000},
	};
	stations.ageing_s = 300;
	stations.moved = stations.not_learned = 0;
	memset(counts, 0, sizeof counts);
	if (nf_options_read(argc, argv, options, 1, error, error_bytes) != 0)
		return -1;
	hz = nf_ticks_hz();
	return nf_table((void **)&stations.table, STATIONS * sizeof stations.table[0], "stations", error, error_bytes);
}

static void drop(struct netvm_packet *p, int why)
{
	p->action = NETVM_ACTION_DROP;
	counts[why]++;
}

/* 01:80:c2:00:00:00 to 0f are for the bridge itself, and never sent on (802.1D, section 7.12.6). */
static int is_reserved(const uint8_t *mac)
{
	return netvm_be32(mac) == 0x0180c200 && mac[4] == 0 && mac[5] < 16;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	uint32_t now_s = (uint32_t)(nf_ticks() / hz) + 1;
	for (uint32_t i = 0; i < n; i++) {
		struct netvm_packet *p = &packets[i];
		struct netvm_headers h;
		if (p->length < NETVM_ETH_BYTES || (p->data[6] & 1) || is_reserved(p->data)) {
			drop(p, REFUSED); /* no header; a group as source; for us alone */
			continue;
		}
		netvm_headers_read(p->data, p->length, &h);
		station_learn(&stations, station_key(p->data + 6, h.vlan), p->target, now_s);
		const struct station *to =
			p->data[0] & 1 ? NULL : station_find(&stations, station_key(p->data, h.vlan), now_s);
		if (to && to->port == p->target)
			drop(p, FILTERED); /* it is there already */
		else
			counts[to ? FORWARDED : FLOODED]++;
	}
}

static void stop(void)
{
	counts[MOVED] = stations.moved;
	counts[NOT_LEARNED] = stations.not_learned;
	nf_report("bridge", count_names, counts, COUNTS);
	nf_give_back((void **)&stations.table);
}

const struct netvm_nf netvm_nf = {
	.name = "bridge",
	.usage = "  --ageing-s N   forget a station that was not heard of for so long, 1 to 1000000 (300)",
	.start = start,
	.process = process,
	.stop = stop,
};
