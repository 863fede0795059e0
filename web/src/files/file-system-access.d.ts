// The parts of the File System Access API that TypeScript's DOM types lack: Chromium has them, Firefox and Safari don't.

interface DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

interface FileSystemHandle {
  queryPermission?(descriptor?: { mode?: 'read' | 'readwrite' }): Promise<PermissionState>;
  requestPermission?(descriptor?: { mode?: 'read' | 'readwrite' }): Promise<PermissionState>;
}

interface Window {
  showDirectoryPicker?(options?: {
    id?: string;
    mode?: 'read' | 'readwrite';
  }): Promise<FileSystemDirectoryHandle>;
  showSaveFilePicker?(options?: {
    id?: string;
    suggestedName?: string;
  }): Promise<FileSystemFileHandle>;
}
