#include "switch.h"

#include <stdio.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "../abi/wait.h"

/* So much from a queue of one port before the next one has its turn: a whole ring. */
#define ROUND_PACKETS 1024u

#define ROUNDS_A_LOOK 64u

const char *const *switch_counter_names(void)
{
	static char queue[2 * SWITCH_QUEUES_MAX][32];
	static const char *names[SWITCH_COUNTERS_MAX] = {
		[SWITCH_RX] = "rx.packets",
		[SWITCH_TX] = "tx.packets",
		[SWITCH_DROP_TX_DOWN] = "drop.vswitch.tx_link_down",
		[SWITCH_DROP_PORT_DOWN] = "drop.vswitch.port_down",
		[SWITCH_DROP_TAP_FULL] = "drop.vswitch.tap_full",
		[SWITCH_DROP_TAP_REFUSED] = "drop.vswitch.tap_refused",
		[SWITCH_IN_FLIGHT] = "inflight.vswitch",
		[SWITCH_GAPS] = "gaps",
		[SWITCH_GAP_CYCLES] = "gap.cycles",
		[SWITCH_CYCLES_BUSY] = "cycles.busy",
		[SWITCH_CYCLES_TOTAL] = "cycles.total",
		[SWITCH_ROUNDS] = "rounds",
	};
	for (uint16_t q = 0; q < SWITCH_QUEUES_MAX; q++) {
		snprintf(queue[2 * q], sizeof queue[0], "rx.queue%u.packets", q);
		snprintf(queue[2 * q + 1], sizeof queue[0], "tx.queue%u.packets", q);
		names[switch_count_rx(q)] = queue[2 * q];
		names[switch_count_tx(q)] = queue[2 * q + 1];
	}
	return names;
}

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

int switch_hop_up(const struct switch_hop *hop)
{
	return hop->tap ? tap_up(hop->tap) : wire_link_up(hop->port);
}

static uint32_t receive(const struct switch_hop *hop, uint16_t queue, struct rte_mbuf **m)
{
	return hop->tap ? tap_receive(hop->tap, m, SWITCH_BURST) : rte_eth_rx_burst(hop->port, queue, m, SWITCH_BURST);
}

static int is_wire(const struct vswitch *s, const struct switch_hop *hop)
{
	return hop == &s->hops[s->nfs];
}

/* Offers packets to a queue of the hop's port; what it does not take is held. */
static void send_to(struct vswitch *s, struct switch_hop *hop, uint16_t queue, struct rte_mbuf **m, uint32_t n)
{
	struct switch_held *held = &hop->held[queue];
	uint32_t sent = hop->tap ? tap_send(hop->tap, m, n) : rte_eth_tx_burst(hop->port, queue, m, (uint16_t)n);
	if (is_wire(s, hop)) {
		s->telemetry.values[SWITCH_TX] += sent;
		s->telemetry.values[switch_count_tx(queue)] += sent;
	}
	for (uint32_t i = sent; i < n; i++)
		held->m[held->count++] = m[i];
	s->held += n - sent;
}

/* Returns 0 where packets are still held. A port that is down takes nothing any more: its packets are dropped by name. */
static int send_held(struct vswitch *s, struct switch_hop *hop, uint16_t queue)
{
	struct switch_held *held = &hop->held[queue];
	uint32_t n = held->count;
	if (n == 0)
		return 1;
	struct rte_mbuf *m[SWITCH_BURST];
	for (uint32_t i = 0; i < n; i++)
		m[i] = held->m[i];
	held->count = 0;
	s->held -= n;
	send_to(s, hop, queue, m, n);
	if (held->count == n && !switch_hop_up(hop)) {
		rte_pktmbuf_free_bulk(held->m, n);
		s->telemetry.values[is_wire(s, hop) ? SWITCH_DROP_TX_DOWN : SWITCH_DROP_PORT_DOWN] += n;
		held->count = 0;
		s->held -= n;
	}
	return held->count == 0;
}

/* From a hop's queue to the same of the one behind it. Returns the number of packets. */
static uint32_t move(struct vswitch *s, const struct switch_hop *from, struct switch_hop *to, uint16_t queue)
{
	struct rte_mbuf *m[SWITCH_BURST];
	uint32_t moved = 0, n;
	if (!send_held(s, to, queue))
		return 0;
	while (to->held[queue].count == 0 && moved < ROUND_PACKETS && (n = receive(from, queue, m)) > 0) {
		if (is_wire(s, from)) {
			s->telemetry.values[SWITCH_RX] += n;
			s->telemetry.values[switch_count_rx(queue)] += n;
		}
		uint64_t bytes = (uint64_t)n * m[0]->pkt_len; /* before they are sent, and perhaps gone */
		send_to(s, to, queue, m, n);
		moved += n;
		look_at_clock(s, n, bytes);
	}
	return moved;
}

/* Each queue has rings of its own all the way, so one that is held back does not hold back the others. */
static uint32_t move_all(struct vswitch *s, const struct switch_hop *from, struct switch_hop *to)
{
	uint32_t moved = 0;
	for (uint16_t q = 0; q < s->queues; q++)
		moved += move(s, from, to, q);
	return moved;
}

/* What the kernel says of them costs system calls: now and then, and where nothing else is to be done. */
static void look_at_taps(struct vswitch *s, uint32_t moved)
{
	if (!s->hops[0].tap || (moved > 0 && ++s->rounds_unseen < ROUNDS_A_LOOK))
		return;
	uint64_t drops = 0, refused = 0;
	for (uint32_t i = 0; i < s->nfs; i++) {
		tap_give_up(s->hops[i].tap);
		drops += tap_drops(s->hops[i].tap);
		refused += s->hops[i].tap->refused;
	}
	s->telemetry.values[SWITCH_DROP_TAP_FULL] = drops;
	s->telemetry.values[SWITCH_DROP_TAP_REFUSED] = refused;
	s->rounds_unseen = 0;
}

/* From the chain's end to its start, so that room is made before it is needed. */
uint32_t switch_round(struct vswitch *s)
{
	uint64_t start = rte_rdtsc();
	uint32_t moved = 0;
	for (uint32_t i = s->nfs; i-- > 0;)
		moved += move_all(s, &s->hops[i], &s->hops[i + 1]);
	moved += move_all(s, &s->hops[s->nfs], &s->hops[0]);
	look_at_taps(s, moved);
	uint64_t *v = s->telemetry.values;
	v[SWITCH_IN_FLIGHT] = s->held;
	v[SWITCH_CYCLES_TOTAL] = rte_rdtsc();
	if (moved > 0) {
		v[SWITCH_CYCLES_BUSY] += v[SWITCH_CYCLES_TOTAL] - start;
		v[SWITCH_ROUNDS]++;
	}
	return moved;
}
