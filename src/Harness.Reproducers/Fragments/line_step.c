//include linux/types.h stdio.h
//needs begin_step
enum line_act { LINE_LOAD, LINE_STORE, LINE_CLEAN, LINE_CLEAN_INVALIDATE };

/* A word, or its cache line, between two full barriers. EL0 may use DC: Linux sets SCTLR_EL1.UCI. */
static int line_step(int number, enum line_act act, char *where, __u32 word)
{
	__asm__ volatile("dsb sy" ::: "memory");
	switch (act) {
	case LINE_LOAD:
		word = *(volatile __u32 *)where;
		break;
	case LINE_STORE:
		*(volatile __u32 *)where = word;
		break;
	case LINE_CLEAN:
		__asm__ volatile("dc cvac, %0" :: "r"(where) : "memory");
		break;
	case LINE_CLEAN_INVALIDATE:
		__asm__ volatile("dc civac, %0" :: "r"(where) : "memory");
		break;
	}
	__asm__ volatile("dsb sy" ::: "memory");

	begin_step(number, "line", 0);
	if (act == LINE_LOAD)
		printf(" value=0x%x", word);
	putchar('\n');
	return 0;
}
