/**
 * Explains that the volumes belong to the clone in another folder; undefined when they belong to this one. A folder
 * inside the other one counts as the same clone: Compose also runs in a subfolder.
 *
 * @param recorded the folder in which `docker compose up` created the volumes; empty when the shell exported none
 * @param current the folder of this `docker compose up`
 */
export function explainOtherClone(recorded: string, current: string): string | undefined {
  if (recorded === '' || current === '' || contains(recorded, current) || contains(current, recorded))
    return undefined;
  return [
    `The containers and volumes of this project belong to the clone in ${recorded}; this one is in ${current}.`,
    '- To run a second shop beside it, with another project name and other ports:',
    '  cp deploy/compose/second-shop.env .env, then docker compose up',
    '- To continue with its data, for example after the clone was moved: ADOPT_DATA=true docker compose up',
    '- To delete its data: docker compose down -v',
    `这个项目的容器和数据卷属于 ${recorded} 中的克隆，而当前目录是 ${current}。要并排运行第二个商店，请先执行`,
    'cp deploy/compose/second-shop.env .env；要沿用原有数据，用 ADOPT_DATA=true docker compose up；要删除数据，用',
    'docker compose down -v。',
  ].join('\n');
}

function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
