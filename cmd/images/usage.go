package images

import (
	"io"
	"strconv"
	"time"

	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
)

// PrintUsage prints how much each image takes, for "system df -v"; users are how many containers
// each has.
func PrintUsage(w io.Writer, usage *store.Usage, users map[image.Digest]int) error {
	var imageRows []imageRow
	for i := range usage.Images {
		used := &usage.Images[i]
		for _, row := range rowsOf(&used.Named, false, time.Now()) {
			row.Size, row.SharedSize, row.UniqueSize = table.Size(used.Unique+used.Shared), table.Size(used.Shared), table.Size(used.Unique)
			row.Containers = strconv.Itoa(users[used.Manifest.Digest])
			imageRows = append(imageRows, row)
		}
	}
	if _, err := io.WriteString(w, "Images space usage:\n\n"); err != nil {
		return err
	}
	list := table.List[imageRow]{
		Header:  imageHeader(),
		Default: `{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}`,
	}
	return list.Print(w, imageRows)
}
