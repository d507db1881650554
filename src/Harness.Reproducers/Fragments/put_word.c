//include linux/types.h
/* A plain 32-bit store, whatever the memory is. */
static void put_word(char *where, __u32 word)
{
	*(volatile __u32 *)where = word;
}
