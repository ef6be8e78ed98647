/* The way in: receive, describe, hand to the first NF. */
#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "path.h"

static inline void describe(struct region *r, const struct rte_mbuf *m, uint32_t mark, uint16_t lane, struct netvm_desc *desc)
{
	uint32_t buffer = region_buffer_of(r, m);
	r->holder[buffer] = (mark & ~HELD_LANE_MASK) | lane;
	*desc = (struct netvm_desc){
		.buffer = buffer,
		.offset = m->data_off,
		.length = m->data_len,
		.target = (uint8_t)m->port,
		.lane = lane,
		.flow_hash = path_flow_hash(m),
	};
}

void path_hand_to(struct path *p, struct region *from, struct route *route, uint32_t place, const uint32_t *marks, struct rte_mbuf **m, uint32_t n)
{
	struct netvm_desc desc[BURST];
	struct nf *nf = route->nfs[place];
	struct region *r = nf->region;
	uint16_t lane = route->lanes[place]->id;
	if (from != r) {
		uint32_t going = path_cross(p, from, r, m, n);
		if (going < n)
			path_lose(p, route, place, n - going, COUNT_DROP_DOMAIN_FULL);
		n = going;
	}
	for (uint32_t i = 0; i < n; i++) {
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *)); /* on its way from the other core while others are described */
		describe(r, m[i], marks[i], lane, &desc[i]);
	}
	uint32_t pushed = n > 0 ? netvm_ring_push(&nf->in, desc, n) : 0;
	r->in_flight += pushed;
	nf->fed |= pushed > 0;
	if (pushed == n)
		return;
	/* Credits make room certain; only an NF that scribbles over its ring's index leads here. */
	for (uint32_t i = pushed; i < n; i++)
		r->holder[desc[i].buffer] = HELD_BY_HOST;
	rte_pktmbuf_free_bulk(m + pushed, n - pushed);
	path_lose(p, route, place, n - pushed, COUNT_DROP_RING_FULL);
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

static void drop_at_entry(struct path *p, struct rte_mbuf **m, uint32_t n, enum counter reason)
{
	rte_pktmbuf_free_bulk(m, n);
	p->telemetry.values[reason] += n;
}

/*
 * While packets are held nothing is received: the wire's ring takes up what comes meanwhile, and all chains wait. So that is for the moments in which NFs are kept from
 * their core, and not for a chain that is too slow: a tenth of the time, and so long at once.
 */
#define HOLD_US_MAX 10000u
#define HOLD_SHARE 10u

static void hold(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n)
{
	struct held *h = &p->held;
	h->round = p->rounds;
	for (uint32_t i = 0; i < n; i++) {
		h->queue[h->count] = queue;
		h->m[h->count++] = m[i];
	}
}

/* Waiting begins: what time there is for it. */
static void begin_hold(struct path *p, uint64_t now)
{
	struct held *h = &p->held;
	uint64_t most = p->ticks_per_us * HOLD_US_MAX, more = (now - h->filled) / HOLD_SHARE;
	h->since = h->filled = now;
	h->left = h->left + more < most ? h->left + more : most;
}

/*
 * A route takes no more than its limit, so that NFs which are slow, or have stopped, hold up none but those who come their way. What is too much waits for
 * their turns; is there still no room then, it is dropped here, before any NF has worked on it, and so is what comes until the route is half empty.
 */
static uint32_t room_on(struct path *p, struct route *r, uint16_t queue, struct rte_mbuf **m, uint32_t n, int may_wait)
{
	uint32_t room = path_room(p, r);
	if (r->overloaded && (r->in_flight > r->limit / 2 || r->limit == 0))
		room = 0;
	else
		r->overloaded = 0;
	if (__builtin_expect(n <= room, 1))
		return n;
	if (may_wait && !r->overloaded) {
		hold(p, queue, m + room, n - room);
	} else {
		r->overloaded = 1;
		drop_at_entry(p, m + room, n - room, COUNT_DROP_BACKPRESSURE);
	}
	return room;
}

/* Packets of one queue and one way. `marks` says which flows they are of; NULL: nobody has looked. */
static void enter(struct path *p, const struct way *way, uint16_t queue, struct rte_mbuf **m, const uint32_t *marks, uint32_t n, int may_wait)
{
	uint32_t plain[BURST];
	struct chain *c = &p->chains[way->chain];
	struct route *r = way->route;
	if (c->state == CHAIN_UP && c->plan.length > 0 && !r && p->closing > 0 && may_wait) {
		hold(p, queue, m, n); /* there can be no more routes until some are gone; that does not take long */
		return;
	}
	if (c->state == CHAIN_DOWN || (c->plan.length > 0 && !r)) {
		drop_at_entry(p, m, n, COUNT_DROP_CHAIN_DOWN);
		return;
	}
	if (r)
		n = room_on(p, r, queue, m, n, may_wait);
	p->telemetry.values[count_chain_entered(way->chain)] += n;
	if (n == 0)
		return;
	if (r) {
		for (uint32_t i = 0; !marks && i < n; i++)
			plain[i] = held_mark(queue, 0);
		path_enter(p, r, n);
		path_hand_to(p, &p->region, r, 0, marks ? marks : plain, m, n);
		return;
	}
	if (c->plan.inline_length > 0)
		n = path_run_inline(p, way->chain, m, n);
	p->telemetry.values[count_chain_left(way->chain)] += n;
	if (n > 0)
		path_send(p, queue, m, n);
}

/* Packets that go different ways: those that go the same one go together, in order. */
static void enter_each(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n, int again, int may_wait)
{
	struct way ways[BURST];
	uint32_t marks[BURST];
	int one_way = path_classify(p, queue, m, n, again, ways, marks);
	if (__builtin_expect(one_way, 1)) {
		enter(p, &ways[0], queue, m, marks, n, may_wait);
		return;
	}
	for (uint64_t left = n < 64 ? (1ull << n) - 1 : ~0ull; left != 0;) {
		struct rte_mbuf *same[BURST];
		uint32_t same_marks[BURST], count = 0;
		struct way way = ways[__builtin_ctzll(left)];
		for (uint64_t bits = left; bits != 0; bits &= bits - 1) {
			uint32_t i = (uint32_t)__builtin_ctzll(bits);
			if (ways[i].chain != way.chain || ways[i].route != way.route)
				continue;
			same_marks[count] = marks[i];
			same[count++] = m[i];
			left &= ~(1ull << i);
		}
		enter(p, &way, queue, same, same_marks, count, may_wait);
	}
}

static void enter_all(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n, int again, int may_wait)
{
	if (p->flows)
		enter_each(p, queue, m, n, again, may_wait);
	else
		enter(p, &(struct way){.route = path_only_route(p, 0)}, queue, m, NULL, n, may_wait);
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
	uint32_t held = p->held.count;
	enter_all(p, queue, m, n, 0, 1);
	if (held == 0 && p->held.count > 0)
		begin_hold(p, rte_rdtsc());
}

/* Returns 0 where some still wait. */
static int enter_held(struct path *p)
{
	struct held *h = &p->held;
	if (__builtin_expect(h->count == 0, 1))
		return 1;
	if (p->rounds == h->round || p->unsent_count > 0)
		return 0;
	struct held before = *h;
	uint64_t waited = rte_rdtsc() - h->since;
	h->count = 0;
	for (uint32_t start = 0, end; start < before.count; start = end) {
		for (end = start + 1; end < before.count && end - start < BURST && before.queue[end] == before.queue[start]; end++)
			;
		enter_all(p, before.queue[start], before.m + start, end - start, 1, waited < h->left);
	}
	if (h->count > 0)
		return 0;
	h->left -= waited < h->left ? waited : h->left;
	return 1;
}

/* A burst of the queue whose turn it is: no more than its turn and the credits allow, and nothing that could not be sent on. */
static uint32_t receive(struct path *p, struct rte_mbuf **m, uint32_t most)
{
	if (p->unsent[p->turn].count > 0 && (p->chains[0].plan.length == 0 || p->flows)) /* some may go straight through */
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

/* A burst that was received and is not admitted yet. */
struct arrived {
	uint32_t count;
	uint16_t queue;
	struct rte_mbuf *m[BURST];
};

static uint32_t admit_arrived(struct path *p, struct arrived *a)
{
	uint32_t n = a->count;
	if (n == 0)
		return 0;
	a->count = 0;
	admit_burst(p, a->queue, a->m, n);
	path_look_at_clock(p, rte_rdtsc(), n * (1 + p->inline_longest)); /* each inline NF has handled it, too */
	return n;
}

/* The next burst of the queue whose turn it is; nothing where credits are spent, or the queue is empty. */
static void arrive(struct path *p, struct arrived *a, uint32_t under_way)
{
	uint32_t credits = p->in_flight_max - p->in_flight - under_way;
	uint32_t most = credits < p->turn_left ? credits : p->turn_left;
	a->count = most > 0 ? receive(p, a->m, most) : 0;
	a->queue = p->turn;
	p->turn_left -= (uint16_t)a->count;
	if (most > 0 && (a->count < most || p->turn_left == 0))
		pass_turn(p);
}

/*
 * Where headers have to be read, a burst is received while those of the one before are on their way from the other core: so two are under way. Port to port knows no
 * credits: it stops after so many, to look at orders now and then.
 */
uint32_t path_admit(struct path *p)
{
	struct arrived bursts[2], *now = &bursts[0], *next = &bursts[1];
	uint32_t admitted = 0, empty = 0; /* queues in turn that had less than they might have given */
	if (!enter_held(p))
		return 0;
	now->count = 0;
	while (empty < p->queues && p->held.count == 0 && admitted < p->in_flight_max) {
		arrive(p, next, now->count);
		empty = next->count > 0 ? 0 : p->in_flight + now->count < p->in_flight_max ? empty + 1 : p->queues;
		for (uint32_t i = 0; p->flows && i < next->count; i++)
			rte_prefetch0(rte_pktmbuf_mtod(next->m[i], void *));
		if (p->flows || next->count == 0) {
			struct arrived *last = now;
			admitted += admit_arrived(p, now);
			now = next;
			next = last;
		} else {
			admitted += admit_arrived(p, next);
		}
	}
	return admitted + admit_arrived(p, now);
}
