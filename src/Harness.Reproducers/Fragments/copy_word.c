//include fcntl.h linux/types.h unistd.h
//needs word_step
/* write() to a pipe reads the word with the kernel's copy_from_user(). */
static long copy_word(const char *where, __u32 *word)
{
	int ends[2];
	long ret;

	if (pipe(ends) < 0)
		return -1;
	ret = write(ends[1], where, sizeof(*word));
	if (ret > 0)
		ret = read(ends[0], word, sizeof(*word));
	close(ends[0]);
	close(ends[1]);
	return ret;
}
