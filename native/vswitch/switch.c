#include "switch.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "../abi/wait.h"
#include "../base/wire.h"

/* So much from one port before the next one has its turn: a whole ring. */
#define ROUND_PACKETS 1024u

const char *const switch_counter_names[SWITCH_COUNTERS] = {
	[SWITCH_RX] = "rx.packets",
	[SWITCH_TX] = "tx.packets",
	[SWITCH_DROP_TX_DOWN] = "drop.vswitch.tx_link_down",
	[SWITCH_DROP_PORT_DOWN] = "drop.vswitch.port_down",
	[SWITCH_IN_FLIGHT] = "inflight.vswitch",
	[SWITCH_GAPS] = "gaps",
	[SWITCH_GAP_CYCLES] = "gap.cycles",
	[SWITCH_CYCLES_BUSY] = "cycles.busy",
	[SWITCH_CYCLES_TOTAL] = "cycles.total",
	[SWITCH_ROUNDS] = "rounds",
};

/* After a burst was copied in and out. */
static void look_at_clock(struct vswitch *s, uint32_t packets, uint64_t bytes)
{
	uint64_t now = rte_rdtsc();
	if (now - s->last > netvm_gap_ticks(s->ticks_per_us, packets) + wire_copy_ticks(2 * bytes, s->ticks_per_us)) {
		telemetry_event(&s->telemetry, NETVM_EVENT_GAP, s->last, now, 0, (uint32_t)s->core);
		s->telemetry.values[SWITCH_GAPS]++;
		s->telemetry.values[SWITCH_GAP_CYCLES] += now - s->last;
	}
	s->last = now;
}

/* Offers packets to the hop's port; what it does not take is held. */
static void send_to(struct vswitch *s, struct switch_hop *hop, struct rte_mbuf **m, uint32_t n)
{
	uint32_t sent = rte_eth_tx_burst(hop->port, 0, m, (uint16_t)n);
	if (hop->port == s->wire)
		s->telemetry.values[SWITCH_TX] += sent;
	for (uint32_t i = sent; i < n; i++)
		hop->held[hop->held_count++] = m[i];
}

/* Returns 0 where packets are still held. A port that is down takes nothing any more: its packets are dropped by name. */
static int send_held(struct vswitch *s, struct switch_hop *hop)
{
	uint32_t n = hop->held_count;
	if (n == 0)
		return 1;
	struct rte_mbuf *m[SWITCH_BURST];
	for (uint32_t i = 0; i < n; i++)
		m[i] = hop->held[i];
	hop->held_count = 0;
	send_to(s, hop, m, n);
	if (hop->held_count == n && !wire_link_up(hop->port)) {
		rte_pktmbuf_free_bulk(hop->held, n);
		s->telemetry.values[hop->port == s->wire ? SWITCH_DROP_TX_DOWN : SWITCH_DROP_PORT_DOWN] += n;
		hop->held_count = 0;
	}
	return hop->held_count == 0;
}

/* From a port to the hop behind it. Returns the number of packets. */
static uint32_t move(struct vswitch *s, uint16_t from, struct switch_hop *to)
{
	struct rte_mbuf *m[SWITCH_BURST];
	uint32_t moved = 0, n;
	if (!send_held(s, to))
		return 0;
	while (to->held_count == 0 && moved < ROUND_PACKETS && (n = rte_eth_rx_burst(from, 0, m, SWITCH_BURST)) > 0) {
		if (from == s->wire)
			s->telemetry.values[SWITCH_RX] += n;
		uint64_t bytes = (uint64_t)n * m[0]->pkt_len; /* before they are sent, and perhaps gone */
		send_to(s, to, m, n);
		moved += n;
		look_at_clock(s, n, bytes);
	}
	return moved;
}

/* From the chain's end to its start, so that room is made before it is needed. */
uint32_t switch_round(struct vswitch *s)
{
	uint64_t start = rte_rdtsc();
	uint32_t moved = 0, held = 0;
	for (uint32_t i = s->nfs; i-- > 0;)
		moved += move(s, s->hops[i].port, &s->hops[i + 1]);
	moved += move(s, s->wire, &s->hops[0]);
	for (uint32_t i = 0; i <= s->nfs; i++)
		held += s->hops[i].held_count;
	uint64_t *v = s->telemetry.values;
	v[SWITCH_IN_FLIGHT] = held;
	v[SWITCH_CYCLES_TOTAL] = rte_rdtsc();
	if (moved > 0) {
		v[SWITCH_CYCLES_BUSY] += v[SWITCH_CYCLES_TOTAL] - start;
		v[SWITCH_ROUNDS]++;
	}
	return moved;
}
