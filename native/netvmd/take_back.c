/* The way out: every descriptor that comes back is checked against what netvmd itself knows. */
#include <assert.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "../base/wire.h"
#include "path.h"

static uint32_t transmit(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n)
{
	uint32_t sent = rte_eth_tx_burst(p->port, queue, m, (uint16_t)n);
	p->telemetry.values[COUNT_TX] += sent;
	p->telemetry.values[count_queue_tx(queue)] += sent;
	return sent;
}

static void keep(struct path *p, struct unsent *u, struct rte_mbuf **m, uint32_t n)
{
	assert(u->count + n <= 2 * BURST); /* nothing more is taken for a queue that has some */
	for (uint32_t i = 0; i < n; i++)
		u->m[u->count++] = m[i];
	p->unsent_count += n;
}

/* Of one queue. A wire that is down takes nothing any more: what waits for it is dropped by name. */
static void send_kept_on(struct path *p, uint16_t queue)
{
	struct unsent *u = &p->unsent[queue];
	uint32_t n = u->count, gone = transmit(p, queue, u->m, n);
	if (gone == 0 && !wire_link_up(p->port)) {
		rte_pktmbuf_free_bulk(u->m, n);
		p->telemetry.values[COUNT_DROP_TX_DOWN] += n;
		gone = n;
	}
	u->count = n - gone;
	p->unsent_count -= gone;
	for (uint32_t i = 0; i < u->count; i++)
		u->m[i] = u->m[gone + i];
}

int path_send_kept(struct path *p)
{
	for (uint16_t q = 0; p->unsent_count > 0 && q < p->queues; q++) {
		if (p->unsent[q].count > 0)
			send_kept_on(p, q);
	}
	return p->unsent_count == 0;
}

void path_send(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n)
{
	struct unsent *u = &p->unsent[queue];
	uint32_t sent = u->count == 0 ? transmit(p, queue, m, n) : 0;
	if (sent < n)
		keep(p, u, m + sent, n - sent);
}

/*
 * The mbuf behind a descriptor and what is known of its packet, or NULL where no NF has that buffer, or not on that lane, or its bounds make no sense. From here on it is
 * netvmd's own again.
 */
static inline struct rte_mbuf *check(struct region *r, const struct netvm_desc *d, uint32_t *held)
{
	if (d->buffer >= r->buffers || (*held = r->holder[d->buffer]) == HELD_BY_HOST || (*held & HELD_LANE_MASK) != d->lane ||
	    (uint32_t)d->offset + d->length > BUFFER_STRIDE || d->length == 0)
		return NULL;
	r->holder[d->buffer] = HELD_BY_HOST;
	struct rte_mbuf *m = r->mbufs[d->buffer];
	m->data_off = d->offset;
	m->data_len = d->length;
	m->pkt_len = d->length;
	return m;
}

/* An NF that was slow while its route was closed hands back what it still had: that is late, and no offence. */
static void refuse(struct path *p, struct nf *nf, const struct netvm_desc *d)
{
	if (path_came_late(p, nf, d->buffer))
		return;
	p->telemetry.values[COUNT_REFUSED]++;
	nf->refused++;
}

/* Asks for the mbuf headers (both lines: the port frees the buffer in the end) of the burst after this one. */
static void prefetch_next(const struct region *r, const struct netvm_consumer *out)
{
	for (uint32_t i = 0; i < BURST; i++) {
		uint32_t buffer = netvm_ring_peek(out, i)->buffer;
		if (buffer < r->buffers) {
			rte_prefetch0(r->mbufs[buffer]);
			rte_prefetch0((char *)r->mbufs[buffer] + RTE_CACHE_LINE_SIZE);
		}
	}
}

static inline const struct lane *lane_of(const struct path *p, const struct nf *nf, uint32_t held)
{
	return &p->lanes[nf->domain][held % NETVM_LANES];
}

void path_pass_on(struct path *p, struct region *from, struct route *route, uint32_t place, const uint32_t *held, struct rte_mbuf **m, uint32_t n)
{
	if (place < route->length) {
		path_hand_to(p, from, route, place, held, m, n);
		return;
	}
	if (from != &p->region) {
		uint32_t going = path_cross(p, from, &p->region, m, n);
		if (going < n)
			path_lose(p, route, route->length, n - going, COUNT_DROP_DOMAIN_FULL);
		n = going;
	}
	if (n == 0)
		return;
	path_leave(p, route, n);
	p->telemetry.values[count_chain_left(route->chain)] += n;
	p->telemetry.values[COUNT_CROSS_NODE] += (uint64_t)route->crossings * n;
	path_send(p, held_queue(held[0]), m, n);
}

/* On along the route. Mostly the NF is the last of its lane; one that has not heard of a new way yet may hand packets back in the middle of it. */
static void pass_on(struct path *p, struct nf *nf, const uint32_t *held, struct rte_mbuf **m, uint32_t n)
{
	const struct lane *lane = lane_of(p, nf, held[0]);
	path_pass_on(p, nf->region, lane->route, lane->place[nf->slot] + 1u, held, m, n);
}

/* Packets that go different ways: those that go the same one go together, in order. */
static void pass_on_each(struct path *p, struct nf *nf, const uint32_t *held, struct rte_mbuf **m, uint32_t n)
{
	for (uint64_t left = n < 64 ? (1ull << n) - 1 : ~0ull; left != 0;) {
		struct rte_mbuf *same[BURST];
		uint32_t marks[BURST], count = 0, way = held[__builtin_ctzll(left)] & HELD_SAME_WAY;
		for (uint64_t bits = left; bits != 0; bits &= bits - 1) {
			uint32_t i = (uint32_t)__builtin_ctzll(bits);
			if ((held[i] & HELD_SAME_WAY) != way)
				continue;
			marks[count] = held[i];
			same[count++] = m[i];
			left &= ~(1ull << i);
		}
		pass_on(p, nf, marks, same, count);
	}
}

static void drop(struct path *p, struct nf *nf, uint32_t held, struct rte_mbuf *m)
{
	const struct lane *lane = lane_of(p, nf, held);
	uint32_t place = lane->place[nf->slot] != NO_PLACE ? lane->place[nf->slot] : lane->place[lane->first->slot];
	path_leave(p, lane->route, 1);
	rte_pktmbuf_free(m);
	p->telemetry.values[COUNT_NF_DROP_FIRST + place]++;
	p->telemetry.values[count_chain_dropped(lane->route->chain)]++;
}

static void take_burst(struct path *p, struct nf *nf, const struct netvm_desc *desc, uint32_t n)
{
	struct rte_mbuf *going[BURST];
	uint32_t held[BURST], goings = 0, mixed = 0;
	struct region *r = nf->region;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t h;
		struct rte_mbuf *m = check(r, &desc[i], &h);
		if (__builtin_expect(!m, 0)) {
			refuse(p, nf, &desc[i]);
			continue;
		}
		r->in_flight--;
		/* An NF that is not on the lane can only drop: of nothing else is known where it leads. */
		int off_lane = lane_of(p, nf, h)->place[nf->slot] == NO_PLACE;
		if (__builtin_expect(desc[i].action == NETVM_ACTION_NEXT && !off_lane, 1)) {
			held[goings] = h;
			mixed |= (h ^ held[0]) & HELD_SAME_WAY;
			going[goings++] = m;
		} else if (off_lane || desc[i].action == NETVM_ACTION_DROP) {
			drop(p, nf, h, m);
		} else {
			pass_on_each(p, nf, held, going, goings); /* before it, as they came */
			goings = mixed = 0;
			path_steer(p, nf, &desc[i], h, m);
		}
	}
	if (goings > 0 && __builtin_expect(mixed == 0, 1))
		pass_on(p, nf, held, going, goings);
	else
		pass_on_each(p, nf, held, going, goings);
}

uint32_t path_take_from(struct path *p, struct nf *nf)
{
	struct netvm_desc desc[BURST];
	uint32_t n, taken = 0;
	while (p->unsent_count == 0 && (n = netvm_ring_pop(&nf->out, desc, BURST)) > 0) {
		prefetch_next(nf->region, &nf->out);
		take_burst(p, nf, desc, n);
		path_look_at_clock(p, rte_rdtsc(), n);
		taken += n;
		if (taken >= nf->region->ring_entries) /* more than it can have had: the others have their turn */
			break;
	}
	return taken;
}

/* The last of a chain first: what they hand back frees credits, and room in the rings before them. */
uint32_t path_take_back_from(struct path *p, const struct region *region)
{
	uint32_t taken = 0;
	for (uint32_t i = p->actives; i-- > 0;) {
		if (p->active[i]->region == region)
			taken += path_take_from(p, p->active[i]);
	}
	return taken;
}

uint32_t path_take_back(struct path *p)
{
	uint32_t taken = 0;
	if (!path_send_kept(p))
		return 0;
	for (uint32_t i = p->actives; i-- > 0;)
		taken += path_take_from(p, p->active[i]);
	return taken;
}
