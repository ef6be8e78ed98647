/* What every program has that is an NF without NetVM, whatever carries its packets: signals, the NF's own options, counters. No DPDK. */
#ifndef NETVM_VSWITCH_NF_PROGRAM_H
#define NETVM_VSWITCH_NF_PROGRAM_H

#include "../abi/nf.h"
#include "../base/telemetry.h"

enum nf_counter {
	NF_COUNT_RX,
	NF_COUNT_DROP_VERDICT,
	NF_COUNT_DROP_STOPPED,
	NF_COUNT_LINK_UP,
	NF_COUNTERS_ALL, /* that all have */

	/* On the host. A guest has none of these: its clock is not the host's, and does not say what became of the host's core. */
	NF_COUNT_GAPS = NF_COUNTERS_ALL,
	NF_COUNT_GAP_CYCLES,
	NF_COUNT_CYCLES_BUSY,
	NF_COUNTERS_HOST,

	/* In a guest, on a packet socket. */
	NF_COUNT_DROP_RING = NF_COUNTERS_ALL,
	NF_COUNT_DROP_REFUSED,
	NF_COUNTERS_PACKET,
};

/* Takes the program's signals, and starts the NF with its own options. Returns 0, or the exit status after a sentence on stderr. */
int nf_program_start(const char *program, int argc, char **argv);

/* Whether a signal has asked it to leave. */
int nf_program_stops(void);

/* Creates the telemetry of NF number `index` of its chain, with NF_COUNTERS_HOST. Returns 0, or -1 with a sentence on stderr. */
int nf_program_telemetry(struct telemetry *t, const char *file, int index);

/* The same in a guest, in memory that the host has as a file: the first `counters`, NF_COUNTERS_ALL or NF_COUNTERS_PACKET. */
int nf_program_telemetry_in(struct telemetry *t, void *memory, uint64_t bytes, int index, uint32_t counters);

#endif
