#include "lanes.h"

#include <string.h>

static struct lane *new_lane(struct path *p, uint32_t domain)
{
	for (uint32_t i = 0; i < NETVM_LANES; i++) {
		uint32_t number = (p->next_lane[domain] + i) % NETVM_LANES;
		struct lane *lane = &p->lanes[domain][number];
		if (lane->route)
			continue;
		p->next_lane[domain] = (uint8_t)(number + 1);
		*lane = (struct lane){.id = (uint16_t)(((lane->id & 0xff00u) + 0x100u) | number)};
		memset(lane->place, NO_PLACE, sizeof lane->place);
		return lane;
	}
	return NULL;
}

uint32_t lanes_unused(const struct path *p, uint32_t domain)
{
	uint32_t unused = 0;
	for (uint32_t i = 0; i < NETVM_LANES; i++)
		unused += p->lanes[domain][i].route == NULL;
	return unused;
}

static void empty(struct netvm_ring *ring)
{
	__atomic_store_n(&ring->tail, __atomic_load_n(&ring->head, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}

/* A link's ends stay its own until the NF that it leads from is gone: that may be slow, and still put into it what it has. */
static int link_between(struct path *p, const struct nf *from, const struct nf *to)
{
	uint8_t *known = &p->link_of[from->domain][from->slot][to->slot];
	struct netvm_link *links = region_links(from->region);
	if (*known)
		return *known - 1;
	for (uint32_t i = 0; i < NETVM_LINKS; i++) {
		uint32_t l = (p->next_link[from->domain] + i) % NETVM_LINKS;
		if (p->link_taken[from->domain] >> l & 1)
			continue;
		p->next_link[from->domain] = (uint8_t)((l + 1) % NETVM_LINKS);
		empty(region_ring(from->region, netvm_ring_link(l)));
		p->link_taken[from->domain] |= 1ull << l;
		links[l] = (struct netvm_link){(uint8_t)from->slot, (uint8_t)to->slot};
		*known = (uint8_t)(l + 1);
		return (int)l;
	}
	return -1;
}

/* What a slow NF put into a link after that was closed was given up long ago, and its buffers may be others'. As long as it is open the NF behind it takes such packets. */
static void use_link(struct path *p, const struct nf *to, uint32_t link)
{
	if (p->link_users[to->domain][link]++ > 0)
		return;
	uint32_t followed = __atomic_load_n(&to->shared->followed, __ATOMIC_ACQUIRE);
	if ((int32_t)(followed - p->link_left[to->domain][link]) >= 0)
		empty(region_ring(to->region, netvm_ring_link(link)));
	__atomic_fetch_or(&to->shared->links_in, 1ull << link, __ATOMIC_RELAXED);
}

static void leave_link(struct path *p, const struct nf *to, uint32_t link)
{
	if (--p->link_users[to->domain][link] == 0)
		__atomic_fetch_and(&to->shared->links_in, ~(1ull << link), __ATOMIC_RELAXED);
	p->link_left[to->domain][link] = lanes_order(to->shared);
}

/* The link on which a route leads from one of its NFs to the next, or -1: by way of netvmd. */
static int link_after(const struct path *p, const struct route *r, uint32_t place)
{
	if (place + 1 == r->length || r->lanes[place] != r->lanes[place + 1])
		return -1;
	return p->link_of[r->nfs[place]->domain][r->nfs[place]->slot][r->nfs[place + 1]->slot] - 1;
}

/* NFs in a row of one domain are on one lane. An NF that is there again begins another: a lane knows one way on from each. */
static int lane_for(struct path *p, struct route *r, uint32_t place)
{
	struct nf *nf = r->nfs[place];
	struct lane *before = place > 0 ? r->lanes[place - 1] : NULL, *lane = before;
	if (!before || r->nfs[place - 1]->domain != nf->domain || before->place[nf->slot] != NO_PLACE ||
	    link_between(p, r->nfs[place - 1], nf) < 0) {
		lane = new_lane(p, nf->domain);
		if (!lane)
			return -1;
		lane->route = r;
		lane->first = nf;
	}
	lane->place[nf->slot] = (uint8_t)place;
	r->lanes[place] = lane;
	return 0;
}

static void give_back(struct route *r, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		r->lanes[i]->route = NULL;
}

static void tell(struct path *p, const struct route *r)
{
	for (uint32_t i = 0; i < r->length; i++) {
		const struct nf *nf = r->nfs[i];
		int link = link_after(p, r, i);
		region_lanes(nf->region)[r->lanes[i]->id % NETVM_LANES].link[nf->slot] = link < 0 ? NETVM_TO_HOST : (uint8_t)link;
		if (link >= 0)
			use_link(p, r->nfs[i + 1], (uint32_t)link);
	}
	for (uint32_t i = 0; i < r->length; i++)
		lanes_order(r->nfs[i]->shared); /* when all is written */
}

int lanes_open(struct path *p, struct route *r)
{
	for (uint32_t i = 0; i < r->length; i++) {
		if (lane_for(p, r, i) != 0) {
			give_back(r, i);
			return -1;
		}
	}
	tell(p, r);
	return 0;
}

void lanes_close(struct path *p, struct route *r)
{
	for (uint32_t i = 0; i < r->length; i++) {
		int link = link_after(p, r, i);
		if (link >= 0)
			leave_link(p, r->nfs[i + 1], (uint32_t)link);
	}
	give_back(r, r->length);
}

/* An NF takes the slot the moment that it is free: all else is cleared before. */
static void clear(struct region *r, uint32_t slot)
{
	struct netvm_nf_slot *shared = region_slot(r, slot);
	struct netvm_ring *in = region_ring(r, netvm_ring_in(slot)), *out = region_ring(r, netvm_ring_out(slot));
	in->head = in->tail = out->head = out->tail = 0;
	memset((char *)shared + sizeof shared->state_and_pid, 0, sizeof *shared - sizeof shared->state_and_pid);
	__atomic_store_n(&shared->state_and_pid, NETVM_NF_FREE, __ATOMIC_RELEASE);
}

void lanes_clear_slot(struct path *p, uint32_t domain, uint32_t slot)
{
	struct region *r = path_region(p, domain);
	for (uint32_t other = 0; other < NETVM_MAX_NFS; other++) {
		uint8_t out = p->link_of[domain][slot][other], in = p->link_of[domain][other][slot];
		if (out) {
			region_links(r)[out - 1] = (struct netvm_link){NETVM_TO_HOST, NETVM_TO_HOST};
			p->link_taken[domain] &= ~(1ull << (out - 1));
			p->link_of[domain][slot][other] = 0;
		}
		if (in) {
			empty(region_ring(r, netvm_ring_link(in - 1u)));
			p->link_left[domain][in - 1] = 0;
		}
	}
	clear(r, slot);
}
