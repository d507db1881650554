//include fcntl.h linux/types.h stdint.h unistd.h
//needs word_step
/* The kernel pins the page, and reads it through its own mapping. */
static long peek_word(const char *where, __u32 *word)
{
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	long ret;

	if (mem < 0)
		return -1;
	ret = pread(mem, word, sizeof(*word), (off_t)(uintptr_t)where);
	close(mem);
	return ret;
}
