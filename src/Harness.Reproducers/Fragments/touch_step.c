//include linux/types.h setjmp.h signal.h stdio.h
//needs begin_step
static sigjmp_buf touching;
static siginfo_t touch_signal;

static void on_touch(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	touch_signal = *info;
	siglongjmp(touching, 1);
}

/*
 * One plain load, or the store of a word if one is given. A signal from the
 * kernel is a result, too.
 */
static int touch_step(int number, const char *op, char *where, const __u32 *store)
{
	struct sigaction action = { .sa_sigaction = on_touch, .sa_flags = SA_SIGINFO };
	struct sigaction segv, bus;
	volatile __u32 word = 0;

	touch_signal.si_signo = 0;
	sigaction(SIGSEGV, &action, &segv);
	sigaction(SIGBUS, &action, &bus);
	if (sigsetjmp(touching, 1) == 0) {
		if (store)
			*(volatile __u32 *)where = word = *store;
		else
			word = *(volatile __u32 *)where;
	}
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);

	begin_step(number, op, 0);
	if (touch_signal.si_signo)
		printf(" signal=%d code=%d address=%p\n", touch_signal.si_signo,
		       touch_signal.si_code, touch_signal.si_addr);
	else
		printf(" value=0x%x\n", word);
	return 0;
}
