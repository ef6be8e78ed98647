/* The way in: receive, describe, hand to the first NF. */
#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "path.h"

static inline void describe(struct region *r, const struct rte_mbuf *m, uint8_t holder, struct netvm_desc *desc)
{
	uint32_t buffer = region_buffer_of(r, m);
	r->holder[buffer] = holder;
	*desc = (struct netvm_desc){
		.buffer = buffer,
		.offset = m->data_off,
		.length = m->data_len,
		.in_port = m->port,
		.flow_hash = path_flow_hash(m),
	};
}

void path_hand_to(struct path *p, struct segment *s, uint8_t holder, struct rte_mbuf **m, uint32_t n)
{
	struct netvm_desc desc[BURST];
	struct region *r = s->region;
	for (uint32_t i = 0; i < n; i++) {
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *)); /* on its way from the other core while others are described */
		describe(r, m[i], holder, &desc[i]);
	}
	uint32_t pushed = netvm_ring_push(&s->in, desc, n);
	p->in_flight += pushed;
	s->in_flight += pushed;
	s->fed += pushed;
	if (pushed == n)
		return;
	/* Credits make room certain; only an NF that scribbles over its ring's index leads here. */
	for (uint32_t i = pushed; i < n; i++)
		r->holder[desc[i].buffer] = HELD_BY_HOST;
	rte_pktmbuf_free_bulk(m + pushed, n - pushed);
	p->telemetry.values[COUNT_DROP_RING_FULL] += n - pushed;
}

static void enter_chain(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n)
{
	struct segment *s = &p->chain.segment[0];
	if (s->region != &p->region)
		n = path_cross(p, &p->region, s->region, m, n);
	if (n > 0)
		path_hand_to(p, s, (uint8_t)(HELD_BY_CHAIN + queue), m, n);
}

/* A driver passes on what the wire's other end says of a frame's length, and of its going on in another buffer: shared memory, which may say anything. */
static inline int is_plain(const struct rte_mbuf *m)
{
	return m->nb_segs == 1 && m->data_len > 0 && (uint32_t)m->data_off + m->data_len <= BUFFER_STRIDE;
}

/* The others close ranks, in order. Returns how many they are. */
static uint32_t take_out_malformed(struct path *p, struct rte_mbuf **m, uint32_t n)
{
	uint32_t plain = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (is_plain(m[i]))
			m[plain++] = m[i];
		else
			rte_pktmbuf_free(m[i]);
	}
	p->telemetry.values[COUNT_DROP_MALFORMED] += n - plain;
	return plain;
}

static void admit_burst(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n)
{
	uint32_t plain = 0;
	p->telemetry.values[COUNT_RX] += n;
	p->telemetry.values[count_queue_rx(queue)] += n;
	for (uint32_t i = 0; i < n; i++)
		plain += (uint32_t)is_plain(m[i]);
	if (__builtin_expect(plain != n, 0))
		n = take_out_malformed(p, m, n);
	if (n == 0)
		return;
	if (p->chain.state == CHAIN_DOWN) {
		rte_pktmbuf_free_bulk(m, n);
		p->telemetry.values[COUNT_DROP_CHAIN_DOWN] += n;
	} else if (p->chain.length == 0) {
		if (p->chain.inline_length > 0)
			n = path_run_inline(p, m, n);
		if (n > 0)
			path_send(p, queue, m, n);
	} else {
		enter_chain(p, queue, m, n);
	}
}

/* A burst of the queue whose turn it is: no more than its turn and the credits allow, and nothing that could not be sent on. */
static uint32_t receive(struct path *p, struct rte_mbuf **m, uint32_t most)
{
	if (p->chain.length == 0 && p->unsent[p->turn].count > 0)
		return 0;
	return rte_eth_rx_burst(p->port, p->turn, m, (uint16_t)most);
}

/*
 * A turn is a burst. One that the credits cut short goes on when there are more, and only then is it the next queue's turn: where
 * credits come back in other numbers than whole turns, each queue still gets as many as the next.
 */
static void pass_turn(struct path *p)
{
	p->turn = p->turn + 1 < p->queues ? p->turn + 1 : 0;
	p->turn_left = BURST;
}

uint32_t path_admit(struct path *p)
{
	struct rte_mbuf *m[BURST];
	uint32_t admitted = 0, empty = 0; /* queues in turn that had less than they might have given */
	while (empty < p->queues) {
		uint32_t credits = p->in_flight_max - p->in_flight;
		uint32_t most = credits < p->turn_left ? credits : p->turn_left;
		if (most == 0)
			break;
		uint32_t n = receive(p, m, most);
		uint16_t queue = p->turn;
		p->turn_left -= (uint16_t)n;
		if (n < most || p->turn_left == 0)
			pass_turn(p);
		if (n == 0) {
			empty++;
			continue;
		}
		empty = 0;
		admit_burst(p, queue, m, n);
		path_look_at_clock(p, rte_rdtsc(), n * (1 + p->chain.inline_length)); /* each inline NF has handled it, too */
		admitted += n;
		if (admitted >= p->in_flight_max) /* port to port knows no credits: look at orders now and then */
			break;
	}
	return admitted;
}
