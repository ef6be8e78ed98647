/* A guest's output: some of it is kept in a file, and the end of it for a sentence. It is hostile, so both are bounded. */
#ifndef NETVM_VM_SINK_H
#define NETVM_VM_SINK_H

#include <stddef.h>
#include <stdint.h>

#define SINK_BYTES_MAX (1u << 20)
#define SINK_TAIL 4096u
#define SINK_SAYING 480u

struct sink {
	int fd;
	uint32_t bytes; /* that were written */
	uint32_t tail_bytes;
	char tail[SINK_TAIL];
};

void sink_take(struct sink *s, const char *bytes, size_t n);

/*
 * What it ended with, lines in one and in printable characters: from a kernel's panic on, where there was one, else the last of it. Into `to` of SINK_SAYING + 1
 * bytes; "nothing" where there is nothing.
 */
const char *sink_last_words(const struct sink *s, char *to);

#endif
