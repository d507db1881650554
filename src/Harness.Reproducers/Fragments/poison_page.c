//needs bad_frames
/* The module hwpoison-inject has the memory of a page fail. */
static int poison_page(char *page)
{
	__u64 frame = frame_of(page);

	if (!frame || hwpoison_write("/sys/kernel/debug/hwpoison/corrupt-pfn", frame))
		return -1;
	bad_frame(frame);
	return 0;
}
