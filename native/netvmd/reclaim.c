/*
 * What does not come back from NFs on routes that close. Its packets are given up: lost, under the name of the reason. Their buffers are free where nobody can write to them any
 * more. Where NFs live that may hold them they are *parked*, out of the pool, until they are handed back after all, or those NFs are gone, or each has shown that it has none.
 *
 * An NF shows that by following an order: it says so when it has handed on all that was in its hands and its rings when it saw it. It handed that on to the next NF of the lane,
 * perhaps; so all are asked at once, and again when all have answered, as many times as there are NFs. A lane is a row: with each time one more of it, from the first on, can have none.
 */
#include <rte_cycles.h>

#include "lanes.h"
#include "path.h"

static int lives(const struct path *p, uint32_t domain, uint32_t slot)
{
	const struct nf *nf = &p->nfs[domain][slot];
	return nf->region && !nf->died;
}

/* The lot that has just these NFs, or a new one. Where there can be no more, some wait for others' NFs besides their own. */
static struct lot *lot_of(struct path *p, uint32_t domain, uint32_t slots)
{
	struct lot *lots = p->lots[domain], *lot = NULL;
	for (uint32_t i = 0; i < LOTS; i++) {
		if (lots[i].slots == slots)
			return &lots[i];
		if (lots[i].slots == 0 && !lot)
			lot = &lots[i];
	}
	return lot ? lot : &lots[0];
}

/* Another lane is to be emptied into it: its NFs are asked anew when that is done. */
static struct lot *lot_for(struct path *p, uint32_t domain, uint32_t slots)
{
	struct lot *lot = lot_of(p, domain, slots);
	lot->slots |= slots;
	lot->lanes++;
	lot->passes = (uint32_t)__builtin_popcount(lot->slots);
	lot->asking = 0;
	lot->shown = 0;
	return lot;
}

/* From here on what is on the route's lanes is given up, as the sweep comes by it. */
static void give_up(struct path *p, struct route *r)
{
	r->due = 1;
	for (uint32_t i = 0; i < r->length; i++) {
		struct lane *lane = r->lanes[i];
		uint32_t domain = r->nfs[i]->domain, slots = 0;
		if (i > 0 && lane == r->lanes[i - 1])
			continue;
		for (uint32_t slot = 0; slot < NETVM_MAX_NFS; slot++)
			slots |= (uint32_t)(lane->place[slot] != NO_PLACE && lives(p, domain, slot)) << slot;
		lane->lot = slots ? lot_for(p, domain, slots) : NULL;
	}
}

static void end(struct path *p, struct route *r)
{
	for (uint32_t i = 0; r->due && i < r->length; i++) {
		struct lot *lot = r->lanes[i]->lot;
		if (lot && (i == 0 || r->lanes[i] != r->lanes[i - 1]))
			lot->lanes--;
	}
	path_route_ended(p, r);
}

static void watch(struct path *p, struct route *r, uint64_t now)
{
	uint64_t ms = p->ticks_per_us * 1000;
	if (r->in_flight != r->moved_in_flight || p->unsent_count > 0) { /* while the port takes nothing, nobody is asked for anything */
		r->moved_in_flight = r->in_flight;
		r->moved = now;
	}
	if (r->in_flight > 0 && !r->due && (now - r->moved > ms * CLOSING_QUIET_MS || now - r->closing_since > ms * CLOSING_MS_MAX))
		give_up(p, r);
	if (r->in_flight == 0)
		end(p, r);
}

/* All that live, at once: one that has stopped keeps nobody else from showing what it has. */
static void ask(struct path *p, uint32_t domain, struct lot *lot)
{
	lot->asking = 1;
	lot->unanswered = 0;
	for (uint32_t left = lot->slots; left != 0; left &= left - 1) {
		uint32_t slot = (uint32_t)__builtin_ctz(left);
		struct netvm_nf_slot *shared = p->nfs[domain][slot].shared;
		if (!lives(p, domain, slot))
			continue;
		lot->unanswered |= 1u << slot;
		lot->order[slot] = lanes_order(shared);
		netvm_wake(&shared->sleeping);
	}
}

/* One that is not to be trusted shows nothing by what it says: only when it is gone it holds no buffers. */
static int has_none(const struct path *p, uint32_t domain, uint32_t slot, uint32_t order)
{
	const struct nf *nf = &p->nfs[domain][slot];
	if (!lives(p, domain, slot))
		return 1;
	return !nf->gone && (int32_t)(__atomic_load_n(&nf->shared->followed, __ATOMIC_ACQUIRE) - order) >= 0;
}

static void listen(struct path *p, uint32_t domain, struct lot *lot)
{
	uint32_t shown = lot->shown;
	if (lot->unanswered == 0 && p->unsent_count == 0) { /* a whole round: all is taken that they had handed back when they answered */
		lot->passes--;
		lot->asking = 0;
	}
	for (uint32_t left = lot->unanswered; left != 0; left &= left - 1) {
		uint32_t slot = (uint32_t)__builtin_ctz(left);
		if (has_none(p, domain, slot, lot->order[slot]))
			lot->unanswered &= ~(1u << slot);
	}
	lot->shown |= lot->slots & ~lot->unanswered;
	if (lot->shown != shown)
		path_share_credits(p);
}

/* What comes back from NFs that no route leads past: nobody else looks there. */
static void take_late(struct path *p, uint32_t domain, uint32_t slots)
{
	for (; slots != 0; slots &= slots - 1) {
		struct nf *nf = &p->nfs[domain][__builtin_ctz(slots)];
		if (nf->region && !nf->gone && nf->routes == 0)
			path_take_from(p, nf);
	}
}

static void watch_lot(struct path *p, uint32_t domain, struct lot *lot)
{
	if (lot->slots == 0)
		return;
	take_late(p, domain, lot->slots);
	if (lot->lanes > 0)
		return;
	if (lot->count == 0)
		*lot = (struct lot){0};
	else if (lot->passes > 0 && !lot->asking)
		ask(p, domain, lot);
	else if (lot->passes > 0)
		listen(p, domain, lot);
}

static void unpark(struct path *p, struct region *r, uint32_t domain, uint32_t buffer)
{
	p->lots[domain][r->parked[buffer] - 1].count--;
	p->parked--;
	r->parked[buffer] = 0;
	rte_pktmbuf_free(r->mbufs[buffer]);
}

static void lose(struct path *p, struct region *r, uint32_t domain, uint32_t buffer, const struct lane *lane)
{
	r->holder[buffer] = HELD_BY_HOST;
	r->in_flight--;
	p->reclaimed++;
	path_lose(p, lane->route, lane->place[lane->first->slot], 1, lane->route->reason);
	if (!lane->lot) {
		rte_pktmbuf_free(r->mbufs[buffer]);
		return;
	}
	r->parked[buffer] = (uint8_t)(lane->lot - p->lots[domain] + 1);
	lane->lot->count++;
	p->parked++;
}

static void sweep_over(struct path *p, uint32_t domain, uint32_t buffer)
{
	struct region *r = path_region(p, domain);
	const struct lane *lane = &p->lanes[domain][r->holder[buffer] % NETVM_LANES];
	if (r->holder[buffer] != HELD_BY_HOST && lane->route && lane->route->due) {
		lose(p, r, domain, buffer, lane);
	} else if (r->parked[buffer] != 0) {
		if (p->lots[domain][r->parked[buffer] - 1].passes == 0)
			unpark(p, r, domain, buffer);
	}
}

/* So many buffers on from where it was, for whatever is to be given up or freed, so that a round is bounded. */
static void sweep(struct path *p)
{
	for (uint32_t i = 0; i < SWEPT_A_ROUND; i++, p->swept++) {
		sweep_over(p, p->sweep_domain, p->sweep_buffer);
		if (++p->sweep_buffer == path_region(p, p->sweep_domain)->buffers) {
			p->sweep_buffer = 0;
			p->sweep_domain = p->sweep_domain + 1 < p->domains ? p->sweep_domain + 1 : 0;
		}
	}
}

void path_watch_closing(struct path *p)
{
	uint64_t now = rte_rdtsc();
	int wanted = 0;
	for (uint32_t i = 0; i < ROUTES_MAX && p->closing > 0; i++) {
		struct route *r = &p->routes[i];
		if (r->state != ROUTE_CLOSING)
			continue;
		watch(p, r, now);
		wanted |= r->state == ROUTE_CLOSING && r->due;
	}
	for (uint32_t i = 0; i < p->domains * LOTS; i++) {
		struct lot *lot = &p->lots[i / LOTS][i % LOTS];
		watch_lot(p, i / LOTS, lot);
		wanted |= lot->count > 0 && lot->passes == 0;
	}
	if (wanted)
		sweep(p);
	if (p->parked != p->parked_shared)
		path_share_credits(p);
}

int path_came_late(struct path *p, const struct nf *nf, uint32_t buffer)
{
	struct region *r = nf->region;
	uint32_t number = buffer < r->buffers ? r->parked[buffer] : 0;
	if (number == 0 || !(p->lots[nf->domain][number - 1].slots >> nf->slot & 1))
		return 0;
	unpark(p, r, nf->domain, buffer);
	p->telemetry.values[COUNT_LATE]++;
	return 1;
}

uint32_t path_parked_on(const struct path *p, const struct route *r)
{
	uint32_t most = 0;
	for (uint32_t i = 0; p->parked > 0 && i < r->length; i++) {
		uint32_t sum = 0;
		for (uint32_t k = 0; k < LOTS; k++) {
			const struct lot *lot = &p->lots[r->nfs[i]->domain][k];
			sum += (lot->slots & ~lot->shown) >> r->nfs[i]->slot & 1 ? lot->count : 0;
		}
		most = sum > most ? sum : most;
	}
	return most;
}
