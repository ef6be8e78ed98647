/*
 * NAPT's mappings (RFC 4787: endpoint-independent): inside address and port to a public port and back, with timeouts. A
 * mapping lies at its public port, so the way in is one load; an index of sets finds it on the way out. All bounded,
 * nothing is ever moved.
 */
#ifndef NETVM_NAT_MAPPINGS_H
#define NETVM_NAT_MAPPINGS_H

#include <stdint.h>

#include "../../abi/flow.h"

/* What has ports of its own: a protocol of a family. ICMP's are the identifiers of its echoes. */
enum nat_class { NAT_TCP, NAT_UDP, NAT_ICMP, NAT_TCP6, NAT_UDP6, NAT_ICMP6, NAT_CLASSES };

enum nat_state {
	NAT_FREE,
	NAT_OPENING, /* TCP before its handshake is through, or closing: the short timeout. All other protocols stay here */
	NAT_OPEN,
};

struct nat_mapping {
	_Alignas(32) struct netvm_address inside;
	uint16_t inside_port;
	uint8_t state; /* enum nat_state */
	uint8_t closing;
	uint32_t expires_s;
};
_Static_assert(sizeof(struct nat_mapping) == 32, "never in two cache lines");

struct nat_timeouts {
	uint64_t tcp_open_s, tcp_opening_s, udp_s, icmp_s;
};

#define NAT_PORTS 65536u
#define NAT_WAYS 8u
#define NAT_SETS 65536u /* for 6 x 64512 mappings: three quarters full at most */
#define NAT_SWEEP 16u   /* mappings of each class looked at a burst, to give expired ones back */

/* Ports that are free, the one longest free first: a late packet finds no stranger. */
struct nat_free {
	uint16_t ports[NAT_PORTS];
	uint32_t head, count;
};

struct nat_table {
	struct nat_mapping mappings[NAT_CLASSES][NAT_PORTS];
	uint32_t index[NAT_SETS][NAT_WAYS]; /* class and port, plus 1; 0: empty */
	struct nat_free free[NAT_CLASSES];
	uint32_t open_s, idle_s[NAT_CLASSES]; /* how long a silent mapping lives: NAT_OPEN, NAT_OPENING */
	uint32_t port_low, port_high;
	uint32_t hand;    /* where the sweep is */
	uint64_t expired; /* mappings given back */
	uint64_t used;
};

/* Fills the lists of free ports, in an order that `seed` shuffles (RFC 6056). The table is zeroed. */
void nat_open(struct nat_table *t, uint32_t port_low, uint32_t port_high, const struct nat_timeouts *timeouts, uint64_t seed);

/* The public port of an inside address and port, found or new; -1 where there is none left. Its mapping's time is not touched. */
int nat_port_of(struct nat_table *t, enum nat_class c, struct netvm_address inside, uint16_t inside_port, uint32_t now_s);

/* The living mapping at a public port, or NULL. */
static inline struct nat_mapping *nat_at(struct nat_table *t, enum nat_class c, uint16_t port, uint32_t now_s)
{
	struct nat_mapping *m = &t->mappings[c][port];
	return m->state != NAT_FREE && m->expires_s > now_s ? m : 0;
}

/* A packet from inside keeps its mapping alive (RFC 4787 REQ-6, RFC 5382 REQ-5, RFC 5508 REQ-2). */
static inline void nat_refresh(const struct nat_table *t, enum nat_class c, struct nat_mapping *m, uint32_t now_s)
{
	m->expires_s = now_s + (m->state == NAT_OPEN ? t->open_s : t->idle_s[c]);
}

/* Gives back what has expired among the next NAT_SWEEP mappings of each class. */
void nat_sweep(struct nat_table *t, uint32_t now_s);

#endif
