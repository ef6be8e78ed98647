/* A guest's output: some of it is kept in a file, and the end of it for a sentence. It is hostile, so both are bounded. */
#ifndef NETVM_VM_SINK_H
#define NETVM_VM_SINK_H

#include <stddef.h>
#include <stdint.h>

#define SINK_BYTES_MAX (1u << 20)
#define SINK_TAIL 480u

struct sink {
	int fd;
	uint32_t bytes; /* that were written */
	uint32_t tail_bytes;
	char tail[SINK_TAIL];
};

void sink_take(struct sink *s, const char *bytes, size_t n);

/* The last lines in one, in printable characters, into `to` of SINK_TAIL + 1 bytes. */
const char *sink_tail(const struct sink *s, char *to);

#endif
