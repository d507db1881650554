//needs bad_frames
/* Gives up the frame of a page, which moves to another: MADV_SOFT_OFFLINE. Again while the page is in use for a moment. */
static int move_page(char *page)
{
	unsigned long size = sysconf(_SC_PAGESIZE);
	__u64 frame = frame_of(page);
	int times;

	if (access("/sys/kernel/debug/hwpoison/unpoison-pfn", W_OK))
		return -1;
	for (times = 0; frame && times < 100; times++) {
		if (madvise(page, size, 101 /* MADV_SOFT_OFFLINE */) && errno != EBUSY)
			return -1;
		if (frame_of(page) != frame) {
			bad_frame(frame);
			return 0;
		}
		usleep(10000);
	}
	if (frame)
		errno = EBUSY;
	return -1;
}
