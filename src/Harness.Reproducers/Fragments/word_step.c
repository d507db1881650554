//include linux/types.h stdio.h
//needs begin_step
/* Prints the result of reading a word: the word, if all of it was read. */
static int word_step(int number, const char *op, long ret, __u32 word)
{
	int failed = begin_step(number, op, ret);

	if (ret == sizeof(word))
		printf(" value=0x%x", word);
	else if (!failed)
		printf(" count=%ld", ret);
	putchar('\n');
	return failed;
}
