/* The patterns file, compiled into one Hyperscan database. */
#ifndef NETVM_DPI_PATTERNS_H
#define NETVM_DPI_PATTERNS_H

#include <hs/hs.h>
#include <stdint.h>

#define PATTERNS_MAX 4096u

struct patterns {
	char *text[PATTERNS_MAX];
	uint8_t drops[PATTERNS_MAX];
	unsigned int id[PATTERNS_MAX], flags[PATTERNS_MAX];
	uint32_t count;
	hs_database_t *database;
	hs_scratch_t *scratch;
};

/*
 * Reads a patterns file, one a line: drop|count REGEX (PCRE as Hyperscan knows it, no blanks and no '#': \s, \x23), and
 * compiles it. Returns 0, or -1 with the file, the line or the pattern, and what was expected in `error`.
 */
int patterns_read(struct patterns *p, const char *file, char *error, uint32_t error_bytes);

/* Gives back what was read and compiled. */
void patterns_give_back(struct patterns *p);

#endif
