//go:build !faults

package bare

// fault does nothing: see faults_on.go.
func (i *Init) fault() {}
