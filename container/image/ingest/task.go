package ingest

func (t *taking) beginTask(l *Layer) Task {
	if t.Progress == nil {
		return noTask{}
	}
	name := l.Blob.Digest
	if name == "" {
		name = l.DiffID
	}
	return t.Progress.Begin(name.Short(), l.Blob.Size)
}

// noTask is for nobody who watches.
type noTask struct{}

func (noTask) Advance(int64) {}
func (noTask) State(string)  {}
func (noTask) End(string)    {}
