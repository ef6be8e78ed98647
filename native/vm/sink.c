#define _GNU_SOURCE
#include "sink.h"

#include <string.h>
#include <unistd.h>

static void write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, bytes, n);
		if (done <= 0)
			return; /* a full disk is no reason to end a guest */
		bytes += done;
		n -= (size_t)done;
	}
}

static void keep_tail(struct sink *s, const char *bytes, size_t n)
{
	if (n > SINK_TAIL) {
		bytes += n - SINK_TAIL;
		n = SINK_TAIL;
	}
	size_t stays = s->tail_bytes + n > SINK_TAIL ? SINK_TAIL - n : s->tail_bytes;
	memmove(s->tail, s->tail + s->tail_bytes - stays, stays);
	memcpy(s->tail + stays, bytes, n);
	s->tail_bytes = (uint32_t)(stays + n);
}

void sink_take(struct sink *s, const char *bytes, size_t n)
{
	static const char cut[] = "\n(the rest is not kept: it was more than 1 MiB)\n";
	size_t room = SINK_BYTES_MAX - s->bytes, kept = n < room ? n : room;
	write_all(s->fd, bytes, kept);
	s->bytes += (uint32_t)kept;
	if (room > 0 && kept == room)
		write_all(s->fd, cut, sizeof cut - 1);
	keep_tail(s, bytes, n);
}

const char *sink_last_words(const struct sink *s, char *to)
{
	static const char panic[] = "Kernel panic";
	const char *from = memmem(s->tail, s->tail_bytes, panic, sizeof panic - 1), *end = s->tail + s->tail_bytes;
	if (!from)
		from = s->tail_bytes > SINK_SAYING ? end - SINK_SAYING : s->tail;
	char *at = to;
	for (; from < end && at < to + SINK_SAYING; from++) {
		if (*from > ' ' && *from <= '~')
			*at++ = *from;
		else if (at > to && at[-1] != ' ')
			*at++ = ' ';
	}
	while (at > to && at[-1] == ' ')
		at--;
	*at = 0;
	return *to ? to : "nothing";
}
