"""Images in folders and archives on this machine: ``oci:``, ``oci-archive:``, ``docker-archive:``, ``dir:``.

    files      a folder or an archive ─► bytes by name (`tarindex`: where they lie in a tar; `spool`: unpacked)
    oci        an OCI layout ─► manifests and blobs          docker   what ``docker save`` writes ─► the same
    folder     what ``skopeo copy … dir:`` writes ─► the same
    writing    folders that take images; tarwriting: archives that do; entries: the list of images, changed
    endpoint   what the four schemes have in common

Nothing is unpacked. Every byte is verified while it is read; a name in a document leads only into the same place.
"""
