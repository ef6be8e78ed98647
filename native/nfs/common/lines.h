/* Files an NF reads at its start: one entry a line, words between blanks, '#' starts a comment. */
#ifndef NETVM_NFS_LINES_H
#define NETVM_NFS_LINES_H

#include <stdint.h>

#define NF_WORDS_MAX 16

/* Takes one line's words. Returns NULL, or what was expected. */
typedef const char *(*nf_line)(void *context, char **words, int n);

/* Returns 0, or -1 with `file:line: what was expected` in `error`. */
int nf_lines_read(const char *file, nf_line line, void *context, char *error, uint32_t error_bytes);

#endif
