package utils

// Sentinel is an error that errors.Is knows again. As a constant it costs a start
// nothing, where a variable is made anew by each.
type Sentinel string

// Error implements error.
func (s Sentinel) Error() string { return string(s) }
