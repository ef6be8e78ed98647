/*
 * The data path: one thread, run to completion. A packet goes port -> admit -> first NF's ring -> NFs -> take back -> port;
 * see admit.c for the way in, take_back.c for the way out, routes.c for which NFs that leads past, steer.c for what NFs themselves decide of it.
 */
#ifndef NETVM_NETVMD_PATH_H
#define NETVM_NETVMD_PATH_H

#include <stdint.h>

#include <rte_mbuf.h>

#include "../abi/nf.h"
#include "../abi/futex.h"
#include "../base/telemetry.h"
#include "../base/wire.h"
#include "counters.h"
#include "flow_table.h"
#include "plan.h"
#include "region.h"

#define BURST 64u

/* What netvmd knows of an NF in a process. Private: the slot in the region is only what the NF says. */
struct nf {
	uint32_t domain;
	uint32_t slot;
	int shares_core; /* with netvmd */
	int core;        /* the first that it may run on; -1: not known */
	int node;        /* of its core */
	int gone;        /* nothing goes its way any more, */
	int died;        /* and its process is no more: it holds nothing */
	struct region *region;
	struct netvm_nf_slot *shared;
	struct netvm_producer in;  /* what netvmd hands to it */
	struct netvm_consumer out; /* what it hands back */
	uint32_t routes;           /* that lead through it, open or closing; without any nobody looks at it */
	int fed;                   /* it was given packets since it was last woken */
	uint64_t woken;            /* on another core: when netvmd woke it, until it is known when it came; 0: nothing is open */
	uint64_t chosen;      /* when it was last given a flow, in choices */
	uint64_t given_round; /* in which it was last given one, */
	uint32_t given;       /* and how many in that round: their packets are not in its rings yet */
	uint64_t gaps_seen;
	uint64_t refused;
};

/* A stretch of a route within one trust domain. Its NFs pass packets on among themselves, and the last one hands them back. */
struct lane {
	uint16_t id;         /* as in a descriptor: its number, and in the high byte how often that was given away */
	struct route *route; /* NULL: nobody's */
	struct nf *first;
	uint8_t place[NETVM_MAX_NFS]; /* by slot: the NF's place in the route, or NO_PLACE */
	struct lot *lot;     /* where its buffers are parked when they are given up; NULL: nobody can hold them any more */
};
#define NO_PLACE 0xffu

/*
 * Buffers of a domain whose packets were given up as lost, and that living NFs may still write to: they stay out of the pool. See reclaim.c. Slots 0: nobody's, to be used.
 */
struct lot {
	uint32_t slots;  /* of the NFs that may hold some of it, one bit each */
	uint32_t count;  /* buffers */
	uint32_t lanes;  /* that are being emptied into it */
	uint32_t passes; /* so often its NFs have still to hand on all that they have; 0: then none can hold any of it, and it is freed */
	int asking;      /* they were asked, in this pass, */
	uint32_t unanswered;           /* and these have not said yet that they did */
	uint32_t order[NETVM_MAX_NFS]; /* that each was given, by slot */
	uint32_t shown;  /* those that have since the last came: what is in their rings is of today, and routes past them are charged for none of it */
};
#define LOTS 8u

enum route_state {
	ROUTE_FREE,
	ROUTE_OPEN,
	ROUTE_CLOSING, /* gets no more packets; gone when none is on it */
};

/* The NFs that a packet of a chain goes past, one after the other. It never changes: others take its place. */
struct route {
	enum route_state state;
	uint16_t id;    /* its number, and in the high byte how often that was given away */
	uint8_t chain;
	uint8_t length;
	uint8_t own;    /* the chain's own: from its first hop to its last; others begin or end elsewhere, because an NF said so */
	struct nf *nfs[NETVM_MAX_NFS];
	struct lane *lanes[NETVM_MAX_NFS]; /* of each NF */
	uint32_t crossings;  /* from one NUMA node to another, on the way and back */
	uint32_t in_flight;  /* packets on it */
	uint32_t limit;      /* no more than so many */
	int due;             /* closing: nothing more comes back of itself, and what is on it is given up */
	int overloaded;      /* it has been at its limit, and is not half empty yet: what comes is dropped where it would come in */
	enum counter reason; /* closing: what is counted for what does not come back */
	uint64_t closing_since, moved; /* ticks */
	uint32_t moved_in_flight;      /* packets on it when one last moved */
};

enum chain_state {
	CHAIN_UP,
	CHAIN_DOWN, /* a hop has no NF left: packets are dropped and counted, never let past it */
};

struct chain {
	enum chain_state state;
	struct chain_plan plan;
	int single;         /* each hop has one instance: all packets go one way */
	struct route *only; /* of packets of no flow, and of all where it is single. NULL: none yet */
	uint32_t routes;    /* open ones */
	uint32_t in_flight; /* packets on its routes, closing ones too */
	uint32_t limit;     /* its share of the credits */
	uint32_t exact_flows; /* in the table, that are its own for good */
};

/* Packets for a transmit queue that its port did not take yet. */
struct unsent {
	uint32_t count;
	struct rte_mbuf *m[2 * BURST]; /* two bursts can be under way when the port takes no more (see path_admit) */
};

/* Packets of a burst that came while their routes were at their limits: they wait until NFs have had their turns. See admit.c. */
struct held {
	uint32_t count;
	uint64_t round;
	uint64_t since; /* ticks: when waiting began */
	uint64_t left;  /* how long may be waited, and */
	uint64_t filled; /* when that was reckoned */
	uint16_t queue[2 * BURST]; /* of each; two bursts can be under way (see path_admit) */
	struct rte_mbuf *m[2 * BURST];
};

struct path {
	uint16_t port;
	uint16_t queues;     /* of the port, in each direction; what came in on one leaves on the same */
	uint16_t turn;       /* the receive queue whose turn it is */
	uint16_t turn_left;  /* packets left of its turn */
	int core;
	int node;            /* of that core */
	int stopping;        /* nothing is received any more */
	int tolerant;        /* offences are counted and nothing else: NFs are not quarantined for them */
	uint32_t domains;
	struct region region; /* the port's buffers are in it; of one domain all packets ever are, and its NFs join it */
	struct region domain[DOMAINS_MAX]; /* of several each has a region of its own, and the port's is nobody's (see path_region) */
	struct telemetry telemetry;

	struct chain chains[CHAINS_MAX]; /* the first is what all packets are of that nothing is said of */
	struct instances services[NETVM_SERVICES];
	struct nf nfs[DOMAINS_MAX][NETVM_MAX_NFS];
	struct nf *active[DOMAINS_MAX * NETVM_MAX_NFS]; /* that routes lead through, in the order in which they came */
	uint32_t actives;
	uint32_t sharing; /* of those, that share netvmd's core: it sleeps so that they can run */
	struct route routes[ROUTES_MAX];
	uint16_t next_route; /* to be tried for a new one: what is gone stays readable as long as it can */
	struct lane lanes[DOMAINS_MAX][NETVM_LANES];
	uint8_t next_lane[DOMAINS_MAX];
	uint8_t link_of[DOMAINS_MAX][NETVM_MAX_NFS][NETVM_MAX_NFS]; /* from, to; 0: none yet, else its number and 1 */
	uint64_t link_taken[DOMAINS_MAX];                           /* one bit each */
	uint8_t next_link[DOMAINS_MAX];                             /* to be tried for a new one: those that were given back last come last */
	uint16_t link_users[DOMAINS_MAX][NETVM_LINKS];              /* routes that lead over it */
	uint32_t link_left[DOMAINS_MAX][NETVM_LINKS];               /* the order by which the NF that it leads into was to close it */
	uint64_t choices;                                           /* between instances, ever */
	uint32_t closing;                                           /* routes */
	struct lot lots[DOMAINS_MAX][LOTS];
	uint32_t parked;        /* buffers in all lots */
	uint32_t parked_shared; /* as it was when credits were shared out */
	uint32_t reclaimed;     /* buffers that NFs did not give back in time, ever */
	uint32_t sweep_domain, sweep_buffer; /* where the sweep goes on, */
	uint64_t swept;                      /* and how many buffers it has looked at, ever */

	struct flow_table *flows; /* NULL: nobody needs it */
	struct flow_rules *rules; /* NULL: none */
	uint32_t inline_longest;  /* NFs of the longest chain of inline ones */
	uint16_t epoch;           /* grows when rules or chains change: what was found out of flows before is not true any more */
	uint64_t flow_idle_ticks;
	uint64_t flows_aged;      /* clock when flows whose time is over were last looked for */

	uint32_t in_flight;     /* packets with NFs */
	uint32_t in_flight_max; /* credits: no more than a ring holds, so that no ring between NFs can overflow */
	uint64_t rounds;
	uint64_t ticks_per_us;
	uint64_t handover_ticks; /* from one process to the next on a core, longer than which it was a gap */
	uint64_t last;          /* clock at the last look; gaps show between two looks */
	uint64_t copied_bytes;  /* over borders, since the last look */
	uint32_t unsent_count; /* of all queues */
	struct unsent unsent[WIRE_QUEUES_MAX];
	struct held held;
	uint32_t quarantined[DOMAINS_MAX]; /* slots of NFs whose conduct took them out, one bit each; for the service to read */
};

/* So many refused descriptors from one NF, and it is in no chain any more. */
#define REFUSED_MAX 64u
/* A route that hands nothing back for so long will not. */
#define CLOSING_QUIET_MS 20u
/* Nor is one waited for longer than this, whatever comes out of it. */
#define CLOSING_MS_MAX 500u
/* Buffers that a round looks at for what is given up, however many routes close. */
#define SWEPT_A_ROUND 512u

/* The region that the NFs of a domain join. */
static inline struct region *path_region(struct path *p, uint32_t domain)
{
	return p->domains > 1 ? &p->domain[domain] : &p->region;
}

/* One round. Returns the number of packets that moved. */
uint32_t path_round(struct path *p);

/* Receives nothing more, and lets what is with NFs come back. What does not is taken back and counted. */
void path_stop(struct path *p);

/* routes.c: the ways past NFs. All of them leave what is on old ways to come back, or to be taken back and counted under `reason`; see path.closing. */

/* An NF has joined: netvmd's ends of its rings are opened anew. It must be on no route. */
void path_nf_joined(struct path *p, uint32_t domain, uint32_t slot, int shares_core, int core, int node);

/* A chain becomes the planned one, from the next packet on. Routes of before that are of the new one, too, stay. */
void path_set_chain(struct path *p, uint32_t chain, const struct chain_plan *plan, enum counter reason);

/* Closes the routes that no chain, as it is now planned, and no service leads over any more. */
void path_close_stale(struct path *p, enum counter reason);

/* An NF has died or is not to be trusted: nothing goes its way any more. Chains that can do without it go on, others are down. */
void path_nf_gone(struct path *p, uint32_t domain, uint32_t slot);

/* Its process is no more, too. */
void path_nf_died(struct path *p, uint32_t domain, uint32_t slot);

/* The links that led on from an NF that is gone may be others'. What leads into it is as if it had been taken. It must be on no route. */
void path_slot_cleared(struct path *p, uint32_t domain, uint32_t slot);

/* The way of a flow's packets: that of `before` as far as the chain still has its NFs (NULL: none), else past those with the fewest packets waiting. NULL: there is none. */
struct route *path_choose_route(struct path *p, uint32_t chain, const struct route *before);

/* The route past these NFs, made where there is none yet. NULL where there can be no more of them. */
struct route *path_route(struct path *p, uint32_t chain, struct nf *const *nfs, uint32_t length, int own);

/* The route of a chain's packets that are of no flow, or of all of them where each hop has one instance. NULL: there is none. */
static inline struct route *path_only_route(struct path *p, uint32_t chain)
{
	struct chain *c = &p->chains[chain];
	if (__builtin_expect(!c->only && c->plan.length > 0, 0))
		c->only = path_choose_route(p, chain, NULL);
	return c->only;
}

/* The instance with the fewest packets waiting. There is at least one. */
struct nf *path_least_loaded(struct path *p, uint32_t domain, const uint8_t *slots, uint32_t count);

/* The route with this id, or NULL where that has been given to another. */
static inline struct route *path_route_of(struct path *p, uint16_t id)
{
	struct route *r = &p->routes[id % ROUTES_MAX];
	return r->id == id ? r : NULL;
}

/* Nothing is on a route that closes, and it is nobody's. */
void path_route_ended(struct path *p, struct route *r);

/* What routes may have is reckoned anew. */
void path_share_credits(struct path *p);

/* reclaim.c: routes that close are gone where nothing is on them, and emptied where nothing comes back. What NFs may still hold of that is parked. */
void path_watch_closing(struct path *p);

/* Whether an NF hands back a buffer that was given up, and that it may hold: then it is free from here on, and counted. */
int path_came_late(struct path *p, const struct nf *nf, uint32_t buffer);

/* How many buffers are parked that may lie before a route's NFs, which have not shown yet that they have none: of the one with the most of them. */
uint32_t path_parked_on(const struct path *p, const struct route *r);

/* Receives and admits up to the credits, queue by queue in turn. Returns the number of packets. */
uint32_t path_admit(struct path *p);

/* Where a packet goes: its chain, and its route where that leads past NFs in processes and there is one. */
struct way {
	uint8_t chain;
	struct route *route;
};

/*
 * classify.c: what the flow table and the rules say of a burst of 1 to BURST packets of one queue. marks[i] is what is to be known of packet i, the lane aside: its flow in the table, if any, which it has even when
 * a later packet of the burst takes the flow's place. `again`: it was asked before, and counted. Returns whether all go one way.
 */
int path_classify(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n, int again, struct way *ways, uint32_t *marks);

/* Exact flows become a chain's, and stay that. Returns how many: less than n where the table has no place for the next one. */
uint32_t path_set_flows(struct path *p, const struct netvm_flow *flows, uint32_t n, uint32_t chain);
void path_delete_flows(struct path *p, const struct netvm_flow *flows, uint32_t n);

/* What a flow's entry said before an order; `expires` is 0 where there was none. */
struct flow_before {
	uint64_t expires;
	uint16_t chain, route, epoch;
};

/*
 * exact_flows.c: as path_set_flows, but where one finds no place all are as they were before: those that were a chain's are that chain's. Learned flows that had to make
 * room are not (`flow_table_evicted` has them): they are found anew. `before` has room for n. Returns n, or the number of the one without a place.
 */
uint32_t path_set_all_flows(struct path *p, const struct netvm_flow *flows, uint32_t n, uint32_t chain, struct flow_before *before);

/* All later packets of the flow that a packet in `region` is of go by a route. Returns 0, or -1 where its flow is not in the table any more. */
int path_pin_flow(struct path *p, const struct region *region, const struct rte_mbuf *m, uint32_t held, const struct route *route);

/*
 * What is known of a packet with NFs, one word a buffer, in memory that no NF sees: 0 where the buffer is netvmd's own. Else the lane it is on, the queue it came
 * in on and leaves on, how often it was sent from service to service, and which flow its table entry then had.
 */
#define HELD_BY_HOST 0u
#define HELD_LANE_MASK 0xffffu
#define HELD_SAME_WAY 0x00ffffffu /* packets with this in common go on together */
#define HELD_DETOUR (1u << 21)
#define HELD_DETOURS_MAX 7u

static inline uint32_t held_mark(uint16_t queue, uint8_t generation)
{
	return (queue + 1u) << 16 | (uint32_t)generation << 24;
}

static inline uint16_t held_queue(uint32_t held)
{
	return (uint16_t)((held >> 16 & 0x1f) - 1);
}

static inline uint32_t held_detours(uint32_t held)
{
	return held >> 21 & 0x7;
}

static inline uint32_t held_generation(uint32_t held)
{
	return held >> 24;
}

/*
 * Hands packets (1 to BURST) in the region of `from` to the NF at a place of a route, by way of a copy where that is in another. They are on that route already: in its books.
 * `marks` is what is to be known of each, the lane aside.
 */
void path_hand_to(struct path *p, struct region *from, struct route *route, uint32_t place, const uint32_t *marks, struct rte_mbuf **m, uint32_t n);

/*
 * Copies packets (1 to BURST) from one region into buffers of another, puts those in their places and frees the old ones. What finds no buffer
 * is the last of them, and dropped, for the caller to count; returns how many are left at m.
 */
uint32_t path_cross(struct path *p, struct region *from, struct region *to, struct rte_mbuf **m, uint32_t n);

/* Into a route's books and out of them. */
static inline void path_enter(struct path *p, struct route *r, uint32_t n)
{
	r->in_flight += n;
	p->chains[r->chain].in_flight += n;
	p->in_flight += n;
}

static inline void path_leave(struct path *p, struct route *r, uint32_t n)
{
	r->in_flight -= n;
	p->chains[r->chain].in_flight -= n;
	p->in_flight -= n;
}

/* How many more packets may come onto a route. */
static inline uint32_t path_room(const struct path *p, const struct route *r)
{
	const struct chain *c = &p->chains[r->chain];
	uint32_t on_route = r->in_flight < r->limit ? r->limit - r->in_flight : 0, in_chain = c->in_flight < c->limit ? c->limit - c->in_flight : 0;
	return on_route < in_chain ? on_route : in_chain;
}

/* Packets on a route that are lost to no NF's verdict. They are out of its books; the `worked` NFs before have worked for nothing. */
static inline void path_lose(struct path *p, struct route *r, uint32_t worked, uint32_t n, enum counter reason)
{
	path_leave(p, r, n);
	p->telemetry.values[reason] += n;
	p->telemetry.values[COUNT_WASTED_HOPS] += (uint64_t)worked * n;
	p->telemetry.values[count_chain_dropped(r->chain)] += n;
}

/*
 * Packets (1 to BURST) in the region of `from` go to a place of their route, or out of the port where it has no such place. They are netvmd's own, in the route's books, and go the same
 * way; `held` is what is known of each.
 */
void path_pass_on(struct path *p, struct region *from, struct route *route, uint32_t place, const uint32_t *held, struct rte_mbuf **m, uint32_t n);

/* Takes back what the NFs of one domain handed back, and passes it on. Returns the number of packets. */
uint32_t path_take_back_from(struct path *p, const struct region *region);

/* Takes back and sends what the NFs handed back. Returns the number of packets. */
uint32_t path_take_back(struct path *p);

/* Takes back what one NF handed back. Returns the number of packets. */
uint32_t path_take_from(struct path *p, struct nf *nf);

/* steer.c: a packet that an NF sent to a service or to the port. It is netvmd's own, and still in its route's books. */
void path_steer(struct path *p, struct nf *nf, const struct netvm_desc *d, uint32_t held, struct rte_mbuf *m);

/* Runs a burst (1 to BURST packets) through a chain's inline NFs. What they drop is counted and freed; returns how many are left at m. */
uint32_t path_run_inline(struct path *p, uint32_t chain, struct rte_mbuf **m, uint32_t n);

/* The NIC's where it has one. 0 says that nobody has looked: an NF that needs it computes it (flow.h). */
static inline uint32_t path_flow_hash(const struct rte_mbuf *m)
{
	return m->ol_flags & RTE_MBUF_F_RX_RSS_HASH ? m->hash.rss : 0;
}

/* Sends packets on a queue, behind those that are kept for it, and keeps what the port does not take for the next round. */
void path_send(struct path *p, uint16_t queue, struct rte_mbuf **m, uint32_t n);

/* Sends what was kept. Returns 0 where something still is. */
int path_send_kept(struct path *p);

void path_note_gap(struct path *p, uint64_t start, uint64_t end);

/* After so many packets were handled. */
static inline void path_look_at_clock(struct path *p, uint64_t now, uint32_t packets)
{
	uint64_t expected = netvm_gap_ticks(p->ticks_per_us, packets) + wire_copy_ticks(p->copied_bytes, p->ticks_per_us);
	if (now - p->last > expected)
		path_note_gap(p, p->last, now);
	p->last = now;
	p->copied_bytes = 0;
}

#endif
