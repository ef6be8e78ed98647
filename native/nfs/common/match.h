/* What a rule's line says of packets: five words, PROTOCOL SRC[/LEN] PORTS DST[/LEN] PORTS, each of which may be `any`. */
#ifndef NETVM_NFS_MATCH_H
#define NETVM_NFS_MATCH_H

#include "options.h"

#define NF_MATCH_WORDS 5

struct nf_match {
	struct nf_prefix src, dst; /* version 0: any */
	uint16_t src_port_low, src_port_high;
	uint16_t dst_port_low, dst_port_high;
	uint8_t protocol; /* 0: any */
	uint8_t version;  /* 4 or 6; 0: both */
};

/* Reads the five words; a word may be cut in two. Returns NULL, or what was expected. */
const char *nf_match_parse(char **words, struct nf_match *match);

static inline int nf_prefix_holds(const struct nf_prefix *p, const struct netvm_address *a)
{
	uint32_t bits = p->version == 0 ? 0 : p->version == 4 ? p->length + 96u : p->length;
	uint64_t high = bits == 0 ? 0 : bits >= 64 ? ~0ull : ~0ull << (64 - bits), low = bits <= 64 ? 0 : ~0ull << (128 - bits);
	return ((a->high & high) == p->address.high) & ((a->low & low) == p->address.low);
}

static inline int nf_match_holds(const struct nf_match *m, const struct netvm_flow *f)
{
	return (m->version == 0 || m->version == f->version) && (m->protocol == 0 || m->protocol == f->protocol) &&
	       f->src_port >= m->src_port_low && f->src_port <= m->src_port_high && f->dst_port >= m->dst_port_low &&
	       f->dst_port <= m->dst_port_high && nf_prefix_holds(&m->src, &f->src) && nf_prefix_holds(&m->dst, &f->dst);
}

#endif
