package containers

import (
	"io"
	"strconv"

	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/volume"
)

// storedVolume is a volume, how many containers have it, and what is in it.
type storedVolume struct {
	volume.Listed
	links int
	size  int64
}

// volumesIn are the volumes of a directory of state.
func volumesIn(dir string, containers []keptContainer) ([]storedVolume, error) {
	links := map[string]int{}
	for i := range containers {
		for _, v := range containers[i].Volumes {
			links[v.Name]++
		}
	}
	list, err := volume.List(dir)
	volumes := make([]storedVolume, len(list))
	for i := range list {
		volumes[i] = storedVolume{list[i], links[list[i].Name], sizeOf(list[i].Data())}
	}
	return volumes, err
}

// volumeUsage is the row of df.
func volumeUsage(volumes []storedVolume) usageRow {
	active := 0
	var size, reclaimable int64
	for i := range volumes {
		size += volumes[i].size
		if volumes[i].links > 0 {
			active++
		} else {
			reclaimable += volumes[i].size
		}
	}
	return newUsageRow("Local Volumes", len(volumes), active, size, reclaimable)
}

// printVolumes prints how much each takes, for df -v.
func printVolumes(w io.Writer, volumes []storedVolume) error {
	if _, err := io.WriteString(w, "\nLocal Volumes space usage:\n\n"); err != nil {
		return err
	}
	rows := make([]volumeRow, len(volumes))
	for i := range volumes {
		rows[i] = newVolumeRow(&volumes[i].Listed)
		rows[i].Links, rows[i].Size = strconv.Itoa(volumes[i].links), table.Size(volumes[i].size)
	}
	list := table.List[volumeRow]{Header: volumeHeader(), Default: template([]string{"Name", "Links", "Size"})}
	return list.Print(w, rows)
}
