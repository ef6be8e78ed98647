/*
 * Which NUMA node each core is on, as the kernel says it in a sysfs directory: node<N>/cpulist.
 *
 * A simulated topology is such a directory with other contents: node<N>/real says which of the machine's nodes the memory of
 * node N really comes from. So a machine with one node runs what a machine with two would, but for the distance.
 */
#ifndef NETVM_NETVMD_TOPOLOGY_H
#define NETVM_NETVMD_TOPOLOGY_H

#include <stdint.h>

#define TOPOLOGY_NODES_MAX 64u /* numbers are below it */
#define TOPOLOGY_CORES_MAX 1024u
#define TOPOLOGY_ERROR_BYTES 256u
#define TOPOLOGY_NONE (-1) /* no node, no such core, or not known */

struct topology {
	uint32_t nodes;                           /* how many there are; their numbers may have gaps */
	int16_t real[TOPOLOGY_NODES_MAX];         /* by node: the machine's node behind it, itself where nothing is simulated; or NONE */
	int16_t node_of_core[TOPOLOGY_CORES_MAX]; /* or NONE */
};

/*
 * Reads `directory`; NULL: the machine's own, and where a kernel has none all cores are on node 0. Files are taken for hostile.
 * Returns 0, or -1 with a sentence in `error` that names the file.
 */
int topology_read(const char *directory, struct topology *t, char error[TOPOLOGY_ERROR_BYTES]);

/* The core's node, or NONE. */
int topology_node_of_core(const struct topology *t, int core);

/* The machine's node behind that node, or NONE where there is no such node. */
int topology_real(const struct topology *t, int node);

/* The node whose memory comes from that node of the machine: `preferred` where it does (several may), or NONE. */
int topology_node_of_real(const struct topology *t, int real, int preferred);

/* The nodes by their numbers, for a sentence: "0, 1". */
void topology_describe(const struct topology *t, char *text, uint32_t bytes);

/*
 * How often a packet goes from one node to another: nodes[0] is netvmd's, the others are of the NFs of its way in their order, and from the last one it
 * comes back to netvmd. Where a node is NONE no crossing is counted, neither to it nor from it.
 */
uint32_t topology_crossings(const int *nodes, uint32_t n);

#endif
