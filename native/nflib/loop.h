/* The NF's packet loop over its rings. */
#ifndef NETVM_NFLIB_LOOP_H
#define NETVM_NFLIB_LOOP_H

#include "attach.h"

enum netvm_nf_mode {
	NETVM_MODE_POLL,     /* owns its core, never sleeps */
	NETVM_MODE_ADAPTIVE, /* polls while there are packets and shortly after, then sleeps */
	NETVM_MODE_SHARED,   /* shares its core: drains what is there, hands the core on, sleeps */
};

/* What a loop carries from one round to the next. */
struct netvm_nf_turn {
	struct netvm_desc desc[NETVM_NF_BURST];
	struct netvm_packet packet[NETVM_NF_BURST];
	uint64_t links_fed; /* that lead to NFs which have work of ours, and were not woken for it yet */
	int host_fed;       /* and so netvmd */
	uint64_t last;      /* clock at the last look */
};

/* One look at every way in: takes what is there, lets the NF work, hands on. Returns the number of packets. */
uint32_t netvm_nf_round(struct netvm_attachment *a, const struct netvm_nf *nf, struct netvm_nf_turn *state);

/* Runs until netvmd says stop. */
void netvm_nf_loop(struct netvm_attachment *a, const struct netvm_nf *nf, enum netvm_nf_mode mode);

#endif
