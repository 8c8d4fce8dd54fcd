package archive

import (
	"fmt"
	"testing"

	"github.com/mydocker/mydocker/container/image"
)

// What an archive says of its images stays in memory, and has a bound as a whole.
func TestListBounds(t *testing.T) {
	l := newList(nil)
	content := make([]byte, 4<<20)
	for n := 0; ; n++ {
		found := &Image{key: image.Digest(fmt.Sprint(n))}
		found.Config = content
		if err := l.add(found, nil); err != nil {
			if kept := n * len(content); kept != maxDocumentBytes {
				t.Errorf("after %d bytes: %v", kept, err)
			}
			break
		}
		if err := l.add(found, nil); err != nil { // it is there already
			t.Fatal(err)
		}
		if n > 1000 {
			t.Fatal("there is no bound")
		}
	}
}
