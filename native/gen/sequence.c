#include "sequence.h"

#include <stdlib.h>
#include <string.h>

int sequence_init(struct sequence *s)
{
	*s = (struct sequence){.missing_at = calloc(SEQUENCE_WINDOW, sizeof *s->missing_at)};
	return s->missing_at ? 0 : -1;
}

void sequence_reset(struct sequence *s)
{
	if (s->next > 0) /* otherwise nothing came, and nothing was noted: of many streams a receiver sees its own only */
		memset(s->missing_at, 0, SEQUENCE_WINDOW * sizeof *s->missing_at);
	s->next = s->missing = s->reordered = s->duplicates = 0;
}

uint64_t sequence_unexpected(struct sequence *s, uint64_t number)
{
	if (number < s->next) {
		uint64_t *entry = &s->missing_at[number % SEQUENCE_WINDOW];
		if (*entry == number + 1) {
			*entry = 0;
			s->missing--;
			s->reordered++;
		} else {
			s->duplicates++;
		}
		return 0;
	}
	uint64_t passed_over = number - s->next;
	uint64_t first = passed_over > SEQUENCE_WINDOW ? number - SEQUENCE_WINDOW : s->next;
	for (uint64_t i = first; i < number; i++)
		s->missing_at[i % SEQUENCE_WINDOW] = i + 1;
	s->missing += passed_over;
	s->next = number + 1;
	return passed_over;
}
