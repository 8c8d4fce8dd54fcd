package entry

// WithCallersMask starts a process with the signals blocked that the caller of mydocker has blocked, and
// not those that a run blocks. with is who can do so (utils.WithSignalMask).
func WithCallersMask(with func(mask uint64, start func() error) error, start func() error) error {
	if !HasBlocked() {
		return start()
	}
	return with(CallersMask(), start)
}
