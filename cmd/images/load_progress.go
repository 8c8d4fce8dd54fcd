package images

import "github.com/mydocker/mydocker/container/image/ingest"

// loadProgress has other words for what goes on: nothing is downloaded.
type loadProgress struct{ ingest.Progress }

// Begin implements ingest.Progress.
func (p *loadProgress) Begin(name string, size int64) ingest.Task {
	return &loadTask{p.Progress.Begin(name, size)}
}

type loadTask struct{ ingest.Task }

// State implements ingest.Task.
func (t *loadTask) State(text string) {
	if text == "Downloading" {
		text = "Loading layer"
	}
	t.Task.State(text)
}

// End implements ingest.Task.
func (t *loadTask) End(text string) {
	if text == "Pull complete" {
		text = "Loaded"
	}
	t.Task.End(text)
}
