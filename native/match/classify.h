/*
 * Which of many rules matches first, in a time that hardly depends on how many there are: aggregated bit vectors (Lakshman
 * and Stiliadis, SIGCOMM 1998; Baboescu and Varghese, SIGCOMM 2001). Each field is cut into intervals by the rules' bounds;
 * an interval has a bit for each rule it lies in. A look-up finds five intervals and the first bit that all five have; a
 * summary (a bit a word) says which words to look at.
 */
#ifndef NETVM_MATCH_CLASSIFY_H
#define NETVM_MATCH_CLASSIFY_H

#include "prefix.h"

/* What a rule says of a 5-tuple, and what its owner wants to hear where it is the first that matches. */
struct match_rule {
	struct match_prefix src, dst; /* version 0: any address of either version; else both are of the same */
	uint16_t src_port_low, src_port_high;
	uint16_t dst_port_low, dst_port_high;
	uint8_t protocol; /* 0: any */
	uint16_t verdict;
};

enum classify_field { FIELD_SRC, FIELD_DST, FIELD_SRC_PORT, FIELD_DST_PORT, FIELD_PROTOCOL, FIELDS };

typedef unsigned __int128 classify_value;

struct field {
	classify_value *starts; /* of the intervals, ascending, the first 0 */
	uint32_t *sets;         /* of each interval: which bit vector */
	uint32_t *index;        /* by a value's upper bits: the interval in which such values begin */
	uint64_t *vectors;      /* summary, then bits; intervals with the same rules share one */
	uint32_t intervals, vectors_count;
	uint32_t shift, last; /* index[value >> shift], up to `last` and one more */
};

struct classifier {
	struct field fields[2][FIELDS]; /* IPv4, IPv6 */
	uint16_t *verdicts;             /* of each rule */
	uint32_t words, summary_words;  /* of a bit vector */
};

/*
 * Builds what look-ups need; takes the memory for it and gives back what an earlier build took. Returns 0, or -1 with a
 * sentence in `error`.
 */
int classify_build(struct classifier *c, const struct match_rule *rules, uint32_t n, char *error, uint32_t error_bytes);

/* Gives back what a build took. */
void classify_give_back(struct classifier *c);

/*
 * The first rule that matches, or -1. No steps for ports and protocol, at most 16 for an address, then at most one word for
 * each word of rules.
 */
int classify_find(const struct classifier *c, const struct netvm_flow *flow);

/* The verdict of the first rule that matches, or -1. */
static inline int classify_verdict(const struct classifier *c, const struct netvm_flow *flow)
{
	int rule = classify_find(c, flow);
	return rule >= 0 ? c->verdicts[rule] : -1;
}

#endif
