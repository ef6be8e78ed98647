/* What a rule's line says of packets: five words, PROTOCOL SRC[/LEN] PORTS DST[/LEN] PORTS, each of which may be `any`. */
#ifndef NETVM_NFS_MATCH_H
#define NETVM_NFS_MATCH_H

#include "../../match/classify.h"

#define NF_MATCH_WORDS 5

/* Reads the five words into a rule; a word may be cut in two. Returns NULL, or what was expected. */
const char *nf_match_parse(char **words, struct match_rule *rule);

#endif
